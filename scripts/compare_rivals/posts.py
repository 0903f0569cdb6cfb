"""The posts that all contestants read: a stream over and over, or made-up ones, whole and in halves."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from hearken_train.compare_fasttext import prepare
from hearken_train.data import Split, truth_row
from hearken_train.labels import HEADS

FEWEST = 1_000

# What a word in a made-up post is a sign of; enough to train a rival whose speed is to be measured.
SIGNS = {
    "died": "grief",
    "crying": "grief",
    "worst": "frustration",
    "cancelled": "frustration",
    "how": "advice_seeking",
    "try": "advice_giving",
    "discount": "promotion",
}
PLAIN = "the my and I can't stop @northline flight again service ever anyone know to fix this laptop please it for you"
WORDS = [*SIGNS, *PLAIN.split(), "20%", "off", "https://example.com/a1b2", "#monday", "soooo", "happy", "lovely", "😭"]


@dataclass(frozen=True)
class Posts:
    """One input, written to `folder` by `write`: `count` posts, whole and cut into two halves."""

    folder: Path
    count: int

    def jsonl(self, part: int = 0, parts: int = 1) -> Path:
        """Posts as Hearken reads them."""
        return self.folder / f"{part + 1}-of-{parts}.jsonl"

    def prepared(self, part: int = 0, parts: int = 1) -> Path:
        """The same posts as fastText reads them: texts only, lower case, punctuation apart."""
        return self.folder / f"{part + 1}-of-{parts}.txt"

    def one(self) -> Posts:
        """The first post alone, as every part: shows how long a program takes to start."""
        return Posts(self.folder / "one", 1)


def write(folder: Path, records: Iterable[dict]) -> Posts:
    """Writes an input of one record at least; all have a text."""
    lines, prepared = [], []
    for record in records:
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
        prepared.append(prepare(record["text"]) + "\n")
    posts = Posts(folder, len(lines))
    posts.one().folder.mkdir(parents=True, exist_ok=True)
    for parts in (1, 2):
        for part in range(parts):
            whole = slice(part * len(lines) // parts, (part + 1) * len(lines) // parts)
            for input_, cut in ((posts, whole), (posts.one(), slice(1))):
                input_.jsonl(part, parts).write_text("".join(lines[cut]), encoding="utf-8")
                input_.prepared(part, parts).write_text("".join(prepared[cut]), encoding="utf-8")
    return posts


def read_stream(path: Path) -> list[dict]:
    """Posts of a JSONL file, plain or gzipped.

    Raises `ValueError` with file and line when one is no object with a text.
    """
    records = []
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"{path}:{number}: no JSON: {error.msg}") from None
            if not isinstance(record, dict) or not isinstance(record.get("text"), str):
                raise ValueError(f"{path}:{number}: no object with a text")
            records.append(record)
    if not records:
        raise ValueError(f"{path} holds no posts")
    return records


def repeated(records: list[dict], count: int) -> Iterator[dict]:
    """`count` posts: the stream over and over, every post with an id of its own."""
    return ({**records[n % len(records)], "id": str(n)} for n in range(count))


def shares(records: list[dict], count: int, folder: Path) -> dict[int, Posts]:
    """The inputs by the share of the posts that they hold: all of them, a tenth, a hundredth, `FEWEST` at least."""
    counts = {share: max(min(count, FEWEST), count // share) for share in (1, 10, 100)}
    return {share: write(folder / str(share), repeated(records, most)) for share, most in counts.items()}


def made_up(count: int, seed: int) -> Iterator[dict]:
    """Posts of the length of a feed's, annotated by the words in them; always the same ones."""
    rng = random.Random(seed)
    for n in range(count):
        words = rng.choices(WORDS, k=2 + rng.randrange(13) + rng.randrange(13))
        heads = {head: int(any(SIGNS.get(word) == head for word in words)) for head in HEADS}
        record = {"id": str(n), "author": f"u{n}", "created_at": "2026-11-21T00:00:00Z", "text": " ".join(words)}
        yield {**record, **heads, "urgency": min(3, sum(heads.values())), "source": "made up"}


def made_up_split(count: int) -> Split:
    """Made-up posts to train on."""
    records = list(made_up(count, seed=1))
    truth = np.array([truth_row(record) for record in records], dtype=np.float32)
    return Split([r["text"] for r in records], [r["source"] for r in records], truth)


def made_up_stream(count: int) -> list[dict]:
    """Made-up posts to read, without what they were annotated with."""
    fields = ("id", "author", "created_at", "text")
    return [{name: record[name] for name in fields} for record in islice(made_up(count, seed=2), count)]
