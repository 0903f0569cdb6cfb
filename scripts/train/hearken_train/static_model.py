"""The `fast` model: static token and hashed-bigram embeddings, pooled, then an MLP.

Nothing in it depends on position, so a post costs one table look-up per token
and per bigram plus two small matrix products. `export.py` builds the same
function as an ONNX graph; the two are compared in `parity.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from .labels import COLUMNS

VOCABULARY = 30_522


@dataclass(frozen=True)
class Shape:
    """Sizes of the model. Speed falls with the widths, file size with the buckets."""

    token_width: int = 96
    bigram_width: int = 96
    buckets: int = 131_072
    hidden: int = 128

    @property
    def pooled(self) -> int:
        """Width of the pooled features: token mean, token max, bigram mean, bigram max."""
        return 2 * self.token_width + 2 * self.bigram_width


# Multipliers of the bigram hash. Odd and far apart, so that (a, b) and (b, a)
# fall into different buckets; products stay far below 2^63.
HASH_LEFT, HASH_RIGHT = 1_000_003, 7_919


def bigram_ids(ids: torch.Tensor, buckets: int) -> torch.Tensor:
    """Bucket of each adjacent pair, 1..buckets, `[n, length - 1]`; 0 next to padding."""
    left, right = ids[:, :-1], ids[:, 1:]
    hashed = (left * HASH_LEFT + right * HASH_RIGHT) % buckets + 1
    return hashed * (right != 0)


class FastModel(nn.Module):
    """Maps ids `[n, length]`, padded with 0, to logits `[n, 8]`."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.tokens = nn.Embedding(VOCABULARY, shape.token_width, padding_idx=0, sparse=True)
        self.bigrams = nn.Embedding(shape.buckets + 1, shape.bigram_width, padding_idx=0, sparse=True)
        self.hidden = nn.Linear(shape.pooled, shape.hidden)
        self.output = nn.Linear(shape.hidden, len(COLUMNS))
        # Past the hidden layer: a word such as "funeral" may speak for itself.
        self.output_skip = nn.Linear(shape.pooled, len(COLUMNS), bias=False)
        self.dropout = nn.Dropout(0.2)
        nn.init.normal_(self.bigrams.weight, std=0.02)
        with torch.no_grad():
            self.bigrams.weight[0] = 0.0

    def pool(self, ids: torch.Tensor) -> torch.Tensor:
        """Pooled features `[n, pooled]`.

        Padding is a zero row in both tables: it adds nothing to a sum, and as
        every maximum is floored at zero it never wins one either. So no mask
        is needed, and the result does not depend on how far a row is padded.
        """
        # At least one more column, so that a batch of one-token posts still has a bigram axis.
        ids = nn.functional.pad(ids, (0, 1))
        tokens = self.tokens(ids)
        bigrams = self.bigrams(bigram_ids(ids, self.shape.buckets))
        count = (ids != 0).sum(1, keepdim=True).clamp(min=1).to(tokens.dtype)
        return torch.cat(
            [
                tokens.sum(1) / count,
                tokens.amax(1).relu(),
                bigrams.sum(1) / count,
                bigrams.amax(1).relu(),
            ],
            dim=1,
        )

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        pooled = self.dropout(self.pool(ids))
        hidden = self.hidden(pooled).relu()
        return self.output(self.dropout(hidden)) + self.output_skip(pooled)
