"""Trains the static model on annotated posts and on the teacher's logits.

Each row has a target per column: the annotation for annotated posts, the
teacher's probability for unlabelled ones.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from .data import Rows, known_target
from .lazy_adam import LazyAdam
from .noise import vary
from .static_init import reduced
from .static_model import VOCABULARY, FastModel, Shape
from .tokens import bucketed, encode, load_tokenizer, pad


@dataclass(frozen=True)
class Config:
    """Hyper-parameters of the student, chosen on `annotated/dev_hard`."""

    shape: Shape = field(default_factory=Shape)
    epochs: int = 5
    batch: int = 256
    dense_rate: float = 2e-3
    token_rate: float = 3e-3
    bigram_rate: float = 3e-3
    token_dropout: float = 0.2
    noise: float = 0.3
    # Columns in the order of `labels.COLUMNS`; rare ones would hardly show in the loss.
    column_weight: tuple[float, ...] = (2.0, 1.5, 1.0, 1.0, 1.0, 1.0, 1.0, 3.0)
    # The exponent of a focal loss, which weighs what is missed by far more; 0 is none.
    focus: float = 0.0
    seed: int = 7


def drop_tokens(batch: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Replaces tokens by [UNK] (id 100) at `rate`; keeps row lengths."""
    hit = (rng.random(batch.shape) < rate) & (batch != 0)
    return np.where(hit, 100, batch)


def new_student(rows: Rows, vectors: np.ndarray, config: Config) -> FastModel:
    """An untrained model whose token table starts from `init.vocabulary_vectors()`."""
    torch.manual_seed(config.seed)
    model = FastModel(config.shape)
    counts = np.bincount(np.concatenate(encode(load_tokenizer(), rows.texts)), minlength=VOCABULARY)
    model.tokens.weight.data = torch.from_numpy(reduced(vectors, config.shape.token_width, counts))
    return model


def train_student(model: FastModel, rows: Rows, config: Config) -> FastModel:
    """Trains `model` in place on `rows`; learning rates fall linearly."""
    torch.manual_seed(config.seed)
    rng, noise = np.random.default_rng(config.seed), random.Random(config.seed)
    tokenizer = load_tokenizer()
    # Updates touch only the rows of the batch: a tenth of the time of updating
    # 131,072 buckets at every step.
    tables = [
        {"params": [model.tokens.weight], "lr": config.token_rate},
        {"params": [model.bigrams.weight], "lr": config.bigram_rate},
    ]
    dense = [p for name, p in model.named_parameters() if name.startswith(("hidden", "output"))]
    optimizers = [LazyAdam(tables), torch.optim.AdamW(dense, lr=config.dense_rate, weight_decay=0.01)]
    total = config.epochs * (len(rows.texts) // config.batch + 1)
    schedules = [torch.optim.lr_scheduler.LambdaLR(o, lambda s: max(0.02, 1 - s / total)) for o in optimizers]

    known, target = (torch.from_numpy(columns) for columns in known_target(rows))
    weight = torch.from_numpy(rows.weight / rows.weight.mean()).unsqueeze(1) * torch.tensor(config.column_weight) * known
    model.train()
    for epoch in range(config.epochs):
        started, losses = time.time(), []
        ids = encode(tokenizer, [vary(t, noise, config.noise) for t in rows.texts])
        for index in bucketed(np.array([len(r) for r in ids]), config.batch, rng):
            batch = drop_tokens(pad([ids[i] for i in index]), config.token_dropout, rng)
            logits = model(torch.from_numpy(batch))
            missed_by = (logits.detach().sigmoid() - target[index]).abs()
            weights = weight[index] * missed_by**config.focus
            loss = nn.functional.binary_cross_entropy_with_logits(logits, target[index], weights)
            for optimizer in optimizers:
                optimizer.zero_grad(set_to_none=True)
            loss.backward()
            for optimizer, schedule in zip(optimizers, schedules, strict=True):
                optimizer.step()
                schedule.step()
            losses.append(loss.item())
        print(f"student: epoch {epoch} loss {np.mean(losses):.4f} {time.time() - started:.0f} s", flush=True)
    return model.eval()


@torch.inference_mode()
def student_logits(model: FastModel, texts: list[str], batch: int = 256) -> np.ndarray:
    """Logits `[n, 8]` of the PyTorch model, in the order of `texts`."""
    ids = encode(load_tokenizer(), texts)
    out = np.zeros((len(ids), 8), dtype=np.float32)
    for index in bucketed(np.array([len(r) for r in ids]), batch, None):
        out[index] = model(torch.from_numpy(pad([ids[i] for i in index]))).numpy()
    return out
