"""Checks that an exported graph is the trained model.

Held on real posts: PyTorch and ONNX agree, a row's result does not depend on
how far its batch is padded, and a batch gives what its rows give alone. A
fully padded row must be finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .shipped import Shipped


@dataclass(frozen=True)
class Limits:
    """Largest tolerated differences between logits."""

    torch_mean: float
    within: float


# The float graph has int8 word vectors, which is nearly all of its difference.
FLOAT = Limits(torch_mean=0.03, within=1e-4)
INT8 = Limits(torch_mean=0.3, within=1e-4)


@dataclass(frozen=True)
class Parity:
    """Largest absolute differences between logits, and the mean one to PyTorch."""

    torch_onnx_max: float
    torch_onnx_mean: float
    padding: float
    batching: float

    def __str__(self) -> str:
        return (
            f"PyTorch and ONNX: max {self.torch_onnx_max:.4f}, mean {self.torch_onnx_mean:.4f}; "
            f"padding: max {self.padding:.1e}; batched and single: max {self.batching:.1e}"
        )


def check(model: Shipped, trained: np.ndarray, texts: list[str], limits: Limits) -> Parity:
    """Measures all differences to PyTorch's `trained` logits; raises `ValueError` when one is too large."""
    batched = model.logits(texts)
    rows = model.encode(texts[:300])
    single = np.concatenate([model.run([row]) for row in rows])
    padded = np.concatenate([model.run([row], model.max_tokens) for row in rows])
    drift = np.abs(trained - batched)
    parity = Parity(
        float(drift.max()),
        float(drift.mean()),
        float(np.abs(single - padded).max()),
        float(np.abs(single - batched[: len(single)]).max()),
    )
    empty = model.run([np.zeros(7, dtype=np.int64)] * 2)
    if not np.isfinite(empty).all():
        raise ValueError("a fully padded row gives a logit that is not finite")
    if max(parity.padding, parity.batching) > limits.within or parity.torch_onnx_mean > limits.torch_mean:
        raise ValueError(f"the exported graph differs from the trained model: {parity}")
    return parity
