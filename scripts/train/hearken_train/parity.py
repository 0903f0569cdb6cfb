"""Checks that the exported graph is the trained model.

Three properties are held on real posts: PyTorch and ONNX agree, a row's
result does not depend on how far its batch is padded, and a batch gives what
its rows give alone. A fully padded row must be finite.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from .model import FastModel
from .speed import open_session
from .tokens import bucketed, encode, load_tokenizer, pad
from .train import student_logits


@dataclass(frozen=True)
class Parity:
    """Largest absolute differences between logits."""

    torch_onnx_max: float
    torch_onnx_mean: float
    padding: float
    batching: float

    def __str__(self) -> str:
        return (
            f"PyTorch and ONNX (int8 tables): max {self.torch_onnx_max:.4f}, mean {self.torch_onnx_mean:.4f}; "
            f"padding: max {self.padding:.1e}; batched and single: max {self.batching:.1e}"
        )


def onnx_logits(session: onnxruntime.InferenceSession, texts: list[str], batch: int = 256) -> np.ndarray:
    """Logits `[n, 8]` of the exported graph, in the order of `texts`."""
    ids = encode(load_tokenizer(), texts)
    out = np.zeros((len(ids), 8), dtype=np.float32)
    for index in bucketed(np.array([len(r) for r in ids]), batch, None):
        out[index] = session.run(None, {"input_ids": pad([ids[i] for i in index])})[0]
    return out


def check(model: FastModel, path: Path, texts: list[str]) -> Parity:
    """Measures all differences and raises `ValueError` when one is too large."""
    session = open_session(path)
    batched = onnx_logits(session, texts)
    ids = encode(load_tokenizer(), texts[:300])
    single = np.concatenate([session.run(None, {"input_ids": pad([row])})[0] for row in ids])
    padded = np.concatenate([session.run(None, {"input_ids": pad([row], 80)})[0] for row in ids])
    drift = np.abs(student_logits(model, texts) - batched)
    parity = Parity(
        float(drift.max()),
        float(drift.mean()),
        float(np.abs(single - padded).max()),
        float(np.abs(single - batched[: len(single)]).max()),
    )
    empty = session.run(None, {"input_ids": np.zeros((2, 7), dtype=np.int64)})[0]
    if not np.isfinite(empty).all():
        raise ValueError("a fully padded row gives a logit that is not finite")
    if parity.padding > 1e-4 or parity.batching > 1e-4 or parity.torch_onnx_mean > 0.05:
        raise ValueError(f"the exported graph differs from the trained model: {parity}")
    return parity
