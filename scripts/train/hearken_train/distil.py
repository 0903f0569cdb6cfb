"""Puts annotated and teacher-labelled posts together as training rows.

The teacher's logits are kept in a cache folder, because making them takes
most of the time of a whole run.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .calibrate import sigmoid
from .data import Split, load_unlabelled
from .teacher import load_teacher, teacher_logits, train_teacher
from .train import Rows

TEACHER_EPOCHS = 2
TEACHER_SEED = 1


def cached_logits(path: Path, weights: Path, texts: list[str]) -> np.ndarray:
    """Teacher logits of `texts`, computed once and kept at `path`."""
    if path.exists():
        stored = np.load(path)
        if len(stored) == len(texts):
            return stored
    stored = teacher_logits(load_teacher(weights), texts)
    np.save(path, stored)
    return stored


def distillation_rows(data_dir: Path, cache: Path, train: Split, exclude: list[Split], annotated_weight: float) -> Rows:
    """Training rows of the student: `train` first, then the unlabelled posts.

    Trains the teacher when `cache` holds none. Posts that stand in `exclude`
    (the splits figures are quoted on) are left out.
    """
    cache.mkdir(parents=True, exist_ok=True)
    weights = cache / "teacher.pt"
    if not weights.exists():
        train_teacher(train, weights, TEACHER_EPOCHS, TEACHER_SEED)
    unlabelled = load_unlabelled(data_dir, [train, *exclude])
    soft = sigmoid(cached_logits(cache / "logits_unlabelled.npy", weights, unlabelled))
    weight = np.concatenate([np.full(len(train), annotated_weight, np.float32), np.ones(len(soft), np.float32)])
    return Rows(train.texts + unlabelled, np.concatenate([train.truth, soft]).astype(np.float32), weight)
