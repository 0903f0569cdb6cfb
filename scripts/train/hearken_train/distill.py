"""The students: both learn the annotations and what the teacher makes of the pool.

Their texts are varied (`noise.py`) while the targets stay those of the clean
post, so the students learn that the noise means nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from .calibrate import sigmoid
from .data import Rows, load_annotated, load_feedback
from .finetune import Schedule, finetune
from .prepare import read_pool
from .static_init import cached_vectors
from .static_model import FastModel
from .static_train import Config, new_student, student_logits, train_student
from .teacher import annotated_rows, source_weight, trained_member

# An annotation outweighs a teacher's guess.
ANNOTATED_WEIGHT = 1.5
# One pass each. The rate rises again between them, and the average of their weights is better than either.
FIRST = (Schedule(epochs=1, rate=1e-4, seed=2, batch=48), Schedule(epochs=1, rate=7e-5, seed=3, batch=48))
# From that average on: mostly over what is not learnt yet.
LAST = Schedule(epochs=3, rate=1e-4, seed=4, batch=48, skip_settled=0.6)
LAST_SHARE = 0.7


def student_rows(data_dir: Path, cache: Path) -> Rows:
    """Annotated posts first, then the pool with what the teacher makes of it, then what people at desks said."""
    train = load_annotated(data_dir, "train")
    said, truth = load_feedback(data_dir)
    soft = sigmoid(np.load(cache / "teacher_pool.npy"))
    weight = [ANNOTATED_WEIGHT * source_weight(train.sources), np.ones(len(soft)), np.full(len(said), ANNOTATED_WEIGHT)]
    target = np.concatenate([train.truth, soft, truth]).astype(np.float32)
    return Rows(train.texts + read_pool(cache) + said, target, np.concatenate(weight).astype(np.float32))


def keep_logits(data_dir: Path, cache: Path, kind: str, logits: Callable[[list[str]], np.ndarray]) -> None:
    """Stores what a model that doesn't ship makes of the splits that figures are quoted on."""
    for name in ("dev", "dev_hard"):
        np.save(cache / f"{kind}_{name}.npy", logits(load_annotated(data_dir, name).texts))


def average(weights: list[dict[str, torch.Tensor]], shares: list[float]) -> dict[str, torch.Tensor]:
    """The weights of several trainings of one model, each with its share."""
    pairs = list(zip(weights, shares, strict=True))
    return {name: sum(share * w[name] for w, share in pairs) for name in weights[0]}


def distill_accurate(data_dir: Path, cache: Path) -> None:
    """The teacher's own MiniLM, which learnt the annotations alone, goes on with everything (`accurate.pt`)."""
    if (cache / "accurate.pt").exists():
        return
    model, base = trained_member(data_dir, cache, "minilm")
    rows = student_rows(data_dir, cache)

    def trained(schedule: Schedule) -> dict[str, torch.Tensor]:
        finetune(model, base, rows, schedule, cache / "accurate.partial")
        return {name: tensor.clone() for name, tensor in model.state_dict().items()}

    start = average([trained(schedule) for schedule in FIRST], [0.5, 0.5])
    model.load_state_dict(start)
    torch.save(average([trained(LAST), start], [LAST_SHARE, 1 - LAST_SHARE]), cache / "accurate.pt")


def train_fast(cache: Path, rows: Rows) -> FastModel:
    """The static model from its starting vectors."""
    config = Config()
    return train_student(new_student(rows, cached_vectors(cache), config), rows, config)


def distill_fast(data_dir: Path, cache: Path) -> None:
    """The static student on the annotations alone, for comparison, and on everything (`fast.pt`)."""
    if not (cache / "fast_alone_dev.npy").exists():
        alone = train_fast(cache, annotated_rows(load_annotated(data_dir, "train")))
        keep_logits(data_dir, cache, "fast_alone", lambda texts: student_logits(alone, texts))
    if not (cache / "fast.pt").exists():
        torch.save(train_fast(cache, student_rows(data_dir, cache)).state_dict(), cache / "fast.pt")
