"""Python's own way to run our model files: `tokenizers` and `onnxruntime`, in the same batches as Hearken's.

Windows of the size of Hearken's chunks, rows in order of length, batches within the limits of `hearken.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version as version_of
from itertools import chain
from pathlib import Path

import numpy as np
from hearken_train.data import Split
from hearken_train.shipped import Shipped

from ..worker import Judge

# `FRAME_BYTES` of the engine.
WINDOW = 64 * 1024


def version() -> str:
    """Of both packages."""
    return f"tokenizers {version_of('tokenizers')}, onnxruntime {version_of('onnxruntime')}"


def prepare(train: Split, folder: Path) -> None:
    """Our models come trained."""


def batches(lengths: np.ndarray, rows: int, ids: int) -> Iterator[np.ndarray]:
    """Indices of each batch, shortest rows first: within `rows`, and within `ids` with padding, but one row always."""
    order = np.argsort(lengths, kind="stable")
    ranked = np.maximum(lengths[order], 1)
    begin = 0
    while begin < len(order):
        end = begin + 1
        while end < len(order) and end - begin < rows and (end - begin + 1) * ranked[end] <= ids:
            end += 1
        yield order[begin:end]
        begin = end


def padded(rows: list[list[int]], lengths: np.ndarray) -> np.ndarray:
    """Rows as one array `[n, longest]`, filled up with 0."""
    batch = np.zeros((len(rows), max(1, lengths.max())), dtype=np.int64)
    own = np.arange(batch.shape[1]) < lengths[:, None]
    batch[own] = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=int(lengths.sum()))
    return batch


def load(folder: Path) -> Judge:
    """A judge by one of `models/*`."""
    shipped = Shipped.read(folder)
    limits = json.loads((folder / "hearken.json").read_text(encoding="utf-8"))["batch"]
    tokenizer, session, calibration = shipped.tokenizer, shipped.session, shipped.calibration()
    tokenizer.enable_truncation(shipped.max_tokens)
    # As in Hearken: who types "[PAD]" has written text.
    tokenizer.encode_special_tokens = True

    def probabilities(texts: list[str]) -> np.ndarray:
        encoded = tokenizer.encode_batch_fast(texts, add_special_tokens=shipped.special_tokens)
        rows = [e.ids for e in encoded]
        lengths = np.array([len(row) for row in rows])
        logits = np.empty((len(rows), len(calibration.scale)), dtype=np.float32)
        for index in batches(lengths, limits["rows"], limits["ids"]):
            ids = padded([rows[i] for i in index], lengths[index])
            logits[index] = session.run(["logits"], {"input_ids": ids})[0]
        return calibration.probabilities(logits)

    return Judge(probabilities, WINDOW)
