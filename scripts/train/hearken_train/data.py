"""Reads the data folder: annotated splits and unlabelled posts.

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
    """Training rows: `target` is `[n, 8]` in 0..1, `weight` is `[n]`."""

    texts: list[str]
    target: np.ndarray
    weight: np.ndarray


def read_jsonl(path: Path) -> Iterator[dict]:
    """Yields the records of a gzipped JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
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


def dedup_key(text: str) -> str:
    """Letters and digits only, lower case: equal for near-identical posts."""
    return "".join(c for c in text.lower() if c.isalnum())
