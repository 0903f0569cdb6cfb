"""Fine-tunes a transformer on targets in 0..1: annotations, a teacher's probabilities, or both."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .data import Rows, known_target
from .encoder import Base, Classifier
from .noise import vary
from .tokens import bucketed


@dataclass(frozen=True)
class Schedule:
    """Hyper-parameters of a fine-tuning, chosen on `annotated/dev_hard`."""

    epochs: int
    rate: float
    seed: int
    batch: int = 32
    noise: float = 0.3
    # Columns in the order of `labels.COLUMNS`: rare ones would hardly show in the loss.
    column_weight: tuple[float, ...] = (1.5, 1.2, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0)
    # From the second epoch on, this share of the rows that mean nothing and were hit this closely is passed over.
    skip_settled: float = 0.0
    settled_below: float = 0.03


def trainable(model: Classifier, rate: float) -> torch.optim.AdamW:
    """All but the word vectors, which are large and know words that the posts never use; the head learns faster."""
    for name, parameter in model.encoder.named_parameters():
        if "embeddings" in name:
            parameter.requires_grad_(False)
    body = [p for p in model.encoder.parameters() if p.requires_grad]
    head = {"params": list(model.head.parameters()), "lr": rate * 10}
    return torch.optim.AdamW([{"params": body}, head], lr=rate, weight_decay=0.01, fused=True)


def unsettled(rows: Rows, missed_by: np.ndarray, schedule: Schedule, rng: np.random.Generator) -> np.ndarray:
    """The rows of a later epoch: those that still teach something, and some of the others."""
    settled = (rows.target.max(axis=1) < 0.5) & (missed_by < schedule.settled_below)
    return np.flatnonzero(~settled | (rng.random(len(settled)) >= schedule.skip_settled))


def finetune(
    model: Classifier,
    base: Base,
    rows: Rows,
    schedule: Schedule,
    checkpoint: Path,
    after_epoch: Callable[[Classifier, int], None] | None = None,
) -> Classifier:
    """Trains `model` in place in bf16 autocast; saves its weights to `checkpoint` after each epoch and on the way."""
    torch.manual_seed(schedule.seed)
    rng, noise = np.random.default_rng(schedule.seed), random.Random(schedule.seed)
    optimizer = trainable(model, schedule.rate)
    weight = torch.from_numpy((rows.weight / rows.weight.mean()).astype(np.float32)).unsqueeze(1)
    known, target = (torch.from_numpy(columns) for columns in known_target(rows))
    weight = weight * torch.tensor(schedule.column_weight) * known
    missed_by = np.ones(len(rows.texts), dtype=np.float32)
    total, started, done, rows_done, running = None, time.time(), 0, 0, 0.0
    for epoch in range(schedule.epochs):
        chosen = unsettled(rows, missed_by, schedule, rng) if epoch else np.arange(len(rows.texts))
        ids = base.encode([vary(rows.texts[i], noise, schedule.noise) for i in chosen])
        batches = bucketed(np.array([len(r) for r in ids]), schedule.batch, rng)
        # The length of later epochs is only known when they start: the rate falls to what the rest deserves.
        total = done + len(batches) * (schedule.epochs - epoch)
        model.train()
        for batch in batches:
            progress = done / total
            factor = min(1.0, done / (0.05 * total)) * (1 - progress) + 0.01
            for group, rate in zip(optimizer.param_groups, (schedule.rate, schedule.rate * 10), strict=True):
                group["lr"] = rate * factor
            index = chosen[batch]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(base.pad([ids[i] for i in batch]))
            loss = nn.functional.binary_cross_entropy_with_logits(logits, target[index], weight[index])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            missed_by[index] = ((logits.detach().sigmoid() - target[index]).abs() * known[index]).amax(1).numpy()
            done, rows_done = done + 1, rows_done + len(batch)
            running = 0.98 * running + 0.02 * loss.item() if running else loss.item()
            if done % 100 == 0:
                speed = rows_done / (time.time() - started)
                print(
                    f"{checkpoint.stem}: epoch {epoch} step {done}/{total} loss {running:.4f} {speed:.0f} rows/s",
                    flush=True,
                )
            if done % 500 == 0:
                torch.save(model.state_dict(), checkpoint)
        torch.save(model.state_dict(), checkpoint)
        if after_epoch:
            after_epoch(model, epoch)
    return model.eval()
