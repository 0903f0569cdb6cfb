"""Measures posts per second of `model.onnx` on one thread, by how posts are put into batches.

Posts are sorted by length within a window, as the engine does within a chunk,
and cut into batches of so many rows and tokens at the most. Tokenisation is not
part of it. All ways take turns, and the best of several rounds counts, because
anything else running on the machine can only make a round slower.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from .report import table
from .shipped import Shipped

# About the posts of a chunk of 64 KiB.
CHUNK = 380


@dataclass(frozen=True)
class Batching:
    """Posts sorted within a window, at most so many rows and tokens, padding included, in a batch."""

    window: int
    rows: int
    tokens: int

    def cut(self, lengths: np.ndarray) -> list[np.ndarray]:
        """Batches of indices into `lengths`, which are the posts' tokens."""
        batches = []
        for start in range(0, len(lengths), self.window):
            order = start + np.argsort(lengths[start : start + self.window], kind="stable")
            batch: list[int] = []
            for row in order:
                if batch and (len(batch) == self.rows or (len(batch) + 1) * lengths[row] > self.tokens):
                    batches.append(np.array(batch))
                    batch = []
                batch.append(row)
            batches.append(np.array(batch))
        return batches


def batchings(model: Shipped) -> dict[str, Batching]:
    """The way that ships first, then others."""
    anything = 10**9
    return {
        f"as it ships: {model.batch} rows, {model.tokens} tokens": Batching(CHUNK, model.batch, model.tokens),
        "a row at a time": Batching(CHUNK, 1, anything),
        "16 rows": Batching(CHUNK, 16, anything),
        "64 rows": Batching(CHUNK, 64, anything),
        "256 tokens": Batching(CHUNK, anything, 256),
        "1,024 tokens": Batching(CHUNK, anything, 1024),
        "4,096 tokens": Batching(CHUNK, anything, 4096),
        "16 rows, not sorted": Batching(16, 16, anything),
        "512 tokens, sorted over all posts": Batching(anything, anything, 512),
    }


def posts_per_second(model: Shipped, texts: list[str], rounds: int = 5) -> str:
    """A table: rate and share of padding of each way."""
    rows = model.encode(texts)
    lengths = np.array([max(1, len(row)) for row in rows])
    ways = {title: [[rows[i] for i in batch] for batch in way.cut(lengths)] for title, way in batchings(model).items()}
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for title, batches in ways.items():
            started = time.perf_counter()
            for batch in batches:
                model.run(batch)
            best[title] = min(best[title], time.perf_counter() - started)
    lines = []
    for title, batches in ways.items():
        read = sum(len(batch) * max(1, *(len(row) for row in batch), 1) for batch in batches)
        lines.append([title, f"{len(rows) / best[title]:,.0f}", f"{1 - lengths.sum() / read:.1%}"])
    return table(["batches", "posts/s", "padding"], lines)
