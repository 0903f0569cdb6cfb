"""Measures posts per second of `model.onnx` on one thread.

Batches of 256 length-sorted posts, as the engine makes them; tokenisation is
not part of it. The best of several rounds is printed, because anything else
running on the machine can only make a round slower.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import onnxruntime

from .tokens import bucketed, encode, load_tokenizer, pad

BATCH = 256


def open_session(path: Path) -> onnxruntime.InferenceSession:
    """An ONNX Runtime session limited to one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def posts_per_second(path: Path, texts: list[str], rounds: int = 7) -> float:
    """Best rate over `rounds` passes through `texts`."""
    rows = encode(load_tokenizer(), texts)
    index = bucketed(np.array([len(r) for r in rows]), BATCH, None)
    batches = [pad([rows[i] for i in part]) for part in index]
    session = open_session(path)
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        for batch in batches:
            session.run(None, {"input_ids": batch})
        best = min(best, time.perf_counter() - started)
    return len(rows) / best
