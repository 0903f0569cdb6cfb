"""Starting vectors for the token table.

Every vocabulary entry is read by the base transformer as a one-word post and
the pooled vectors are reduced by PCA. Words that the training posts never
use then still lie near words that they do use.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel

from .static_model import VOCABULARY
from .tokens import base_model_dir

CLS, SEP = 101, 102


@torch.inference_mode()
def vocabulary_vectors(batch: int = 512) -> np.ndarray:
    """Mean-pooled transformer outputs of `[CLS] entry [SEP]`, `[vocabulary, 384]`."""
    encoder = AutoModel.from_pretrained(base_model_dir()).eval()
    parts = []
    for start in range(0, VOCABULARY, batch):
        entries = torch.arange(start, min(start + batch, VOCABULARY))
        ids = torch.stack([torch.full_like(entries, CLS), entries, torch.full_like(entries, SEP)], dim=1)
        hidden = encoder(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        parts.append(hidden.mean(1).float().numpy())
    return np.concatenate(parts)


def reduced(vectors: np.ndarray, width: int, counts: np.ndarray) -> np.ndarray:
    """PCA to `width` columns; frequent words are shrunk, row 0 (padding) is zero.

    Components keep their natural scale: whitening would blow up noise. The
    shrinking (as in smooth inverse frequency) keeps stop words from
    dominating the mean before training has seen a single label.
    """
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred[counts > 0], full_matrices=False)
    table = centred @ axes[:width].T
    frequency = counts / counts.sum()
    table *= (1e-3 / (1e-3 + frequency))[:, None]
    table *= 0.5 / table.std()
    table[0] = 0.0
    return table.astype(np.float32)


def cached_vectors(cache: Path) -> np.ndarray:
    """`vocabulary_vectors()`, computed once and kept in `cache`."""
    path = cache / "vectors.npy"
    if not path.exists():
        np.save(path, vocabulary_vectors())
    return np.load(path)
