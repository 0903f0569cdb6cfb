"""Reads the data folder: annotated splits, feedback from desks, unlabelled posts.

Texts are public posts of strangers. They stay in memory and in the cache
folder; nothing here prints one.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .labels import HEADS, URGENCY


@dataclass(frozen=True)
class Split:
    """Posts of one split; `truth` is float32 `[n, 8]` of 0/1 in column order."""

    texts: list[str]
    sources: list[str]
    truth: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Rows:
    """Training rows: `target` is `[n, 8]` in 0..1, NaN where nothing is known; `weight` is `[n]`."""

    texts: list[str]
    target: np.ndarray
    weight: np.ndarray


def read_jsonl(path: Path) -> Iterator[dict]:
    """Yields the records of a JSON Lines file, gzipped if its name says so."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def truth_row(record: dict) -> list[float]:
    """One record's eight 0/1 columns."""
    heads = [float(record[name]) for name in HEADS]
    return heads + [float(record["urgency"] >= k) for k in range(1, len(URGENCY) + 1)]


def load_annotated(data_dir: Path, name: str) -> Split:
    """Loads `annotated/{name}.jsonl.gz`; `name` is train, dev or dev_hard."""
    records = list(read_jsonl(data_dir / "annotated" / f"{name}.jsonl.gz"))
    return Split(
        [r["text"] for r in records],
        [r["source"] for r in records],
        np.array([truth_row(r) for r in records], dtype=np.float32),
    )


def feedback_row(record: dict) -> list[float]:
    """One record's eight columns as far as someone said what they are, else NaN."""
    heads = [np.nan if record[name] is None else float(record[name]) for name in HEADS]
    levels = range(1, len(URGENCY) + 1)
    if record["urgency"] is not None:
        return heads + [float(record["urgency"] >= k) for k in levels]
    # That it is urgent, or not, says whether it reaches level 2, and so one of its neighbours.
    if record["urgent"] is None:
        return heads + [np.nan] * len(URGENCY)
    return heads + ([1.0, 1.0, np.nan] if record["urgent"] else [np.nan, 0.0, 0.0])


def load_feedback(data_dir: Path) -> tuple[list[str], np.ndarray]:
    """Texts, and `[n, 8]` columns with NaN, of `feedback/*.jsonl[.gz]`: what `hearken desk verdicts --training` printed."""
    paths = sorted(p for p in (data_dir / "feedback").glob("*.jsonl*") if p.suffix in (".jsonl", ".gz"))
    records = [record for path in paths for record in read_jsonl(path)]
    columns = np.array([feedback_row(r) for r in records], dtype=np.float32).reshape(-1, len(HEADS) + len(URGENCY))
    return [r["text"] for r in records], columns


def known_target(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Of each target whether it is known, 0 or 1, and the targets with 0 where they are not: `[n, 8]` each."""
    known = ~np.isnan(rows.target)
    return known.astype(np.float32), np.nan_to_num(rows.target).astype(np.float32)


def dedup_key(text: str) -> str:
    """Letters and digits only, lower case: equal for near-identical posts."""
    return "".join(c for c in text.lower() if c.isalnum())
