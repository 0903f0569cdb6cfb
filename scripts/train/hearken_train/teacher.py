"""The teacher: all-MiniLM-L6-v2 fine-tuned on `annotated/train`.

It is far too slow for the fast tier, but it reads word order. Its logits on
unlabelled posts are what the static student learns from.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import AutoModel

from .augment import vary_marks
from .data import Split
from .labels import COLUMNS
from .tokens import base_model_dir, bucketed, encode, load_tokenizer, pad

CLS, SEP = 101, 102
CONTENT_TOKENS = 62  # 64 with the two special tokens


class Teacher(nn.Module):
    """MiniLM-L6, mean pooling, one linear layer to the eight columns."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(base_model_dir())
        self.head = nn.Linear(self.encoder.config.hidden_size, len(COLUMNS))
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        mask = (ids != 0).long()
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * weight).sum(1) / weight.sum(1)
        return self.head(self.dropout(pooled)).float()


def with_specials(rows: list[np.ndarray]) -> list[np.ndarray]:
    """Adds [CLS] and [SEP], which the base model was trained with."""
    return [np.concatenate(([CLS], row, [SEP])) for row in rows]


def train_teacher(train: Split, path: Path, epochs: int, seed: int, batch: int = 32, rate: float = 8e-5) -> Teacher:
    """Fine-tunes on `train` in bf16 autocast and saves the weights to `path`."""
    torch.manual_seed(seed)
    rng, noise = np.random.default_rng(seed), random.Random(seed)
    tokenizer, model = load_tokenizer(), Teacher()
    truth = torch.from_numpy(train.truth)
    steps = epochs * (len(train) // batch + 1)
    head = {"params": model.head.parameters(), "lr": rate * 10}
    optimizer = torch.optim.AdamW([{"params": model.encoder.parameters()}, head], lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [rate, rate * 10], total_steps=steps + 50, pct_start=0.06, anneal_strategy="linear"
    )
    started, done = time.time(), 0
    model.train()
    for epoch in range(epochs):
        rows = with_specials(encode(tokenizer, [vary_marks(t, noise) for t in train.texts], CONTENT_TOKENS))
        running = 0.0
        for index in bucketed(np.array([len(r) for r in rows]), batch, rng):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(torch.from_numpy(pad([rows[i] for i in index])))
            loss = nn.functional.binary_cross_entropy_with_logits(logits, truth[index])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            done += 1
            running = 0.98 * running + 0.02 * loss.item() if running else loss.item()
            if done % 200 == 0:
                speed = done * batch / (time.time() - started)
                print(f"teacher: epoch {epoch} step {done}/{steps} loss {running:.4f} {speed:.0f} rows/s", flush=True)
        torch.save(model.state_dict(), path)
    return model


def load_teacher(path: Path) -> Teacher:
    """Restores a fine-tuned teacher."""
    model = Teacher()
    model.load_state_dict(torch.load(path, weights_only=True))
    return model


@torch.inference_mode()
def teacher_logits(model: Teacher, texts: list[str], batch: int = 128) -> np.ndarray:
    """Logits `[n, 8]`, float32, in the order of `texts`."""
    model.eval()
    rows = with_specials(encode(load_tokenizer(), texts, CONTENT_TOKENS))
    out = np.zeros((len(rows), len(COLUMNS)), dtype=np.float32)
    for index in bucketed(np.array([len(r) for r in rows]), batch, None):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out[index] = model(torch.from_numpy(pad([rows[i] for i in index]))).numpy()
    return out
