"""Measures posts per second of `model.onnx` on one thread.

Batches of length-sorted posts of the size that the manifest asks for; tokenisation is
not part of it. The best of several rounds is printed, because anything else
running on the machine can only make a round slower.
"""

from __future__ import annotations

import time

import numpy as np

from .shipped import Shipped
from .tokens import bucketed


def posts_per_second(model: Shipped, texts: list[str], rounds: int = 7) -> float:
    """Best rate over `rounds` passes through `texts`."""
    rows = model.encode(texts)
    index = bucketed(np.array([len(r) for r in rows]), model.batch, None)
    batches = [[rows[i] for i in part] for part in index]
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        for batch in batches:
            model.run(batch)
        best = min(best, time.perf_counter() - started)
    return len(rows) / best
