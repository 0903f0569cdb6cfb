"""The teacher: two transformers fine-tuned on `annotated/train`, their logits averaged.

all-mpnet-base-v2 is eight times the size of what may ship; all-MiniLM-L6-v2
errs elsewhere, so the two together are better than either. What they make of
the pool is what the students learn from; their figures are what the students'
are held against.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from .data import Rows, Split, load_annotated
from .encoder import Base, Classifier, logits_of
from .finetune import Schedule, finetune
from .prepare import read_pool


@dataclass(frozen=True)
class Member:
    """How one model of the teacher is trained, and its share in the average."""

    schedule: Schedule
    share: float


MEMBERS = {
    "mpnet": Member(Schedule(epochs=2, rate=4e-5, seed=1, skip_settled=0.6), 0.65),
    "minilm": Member(Schedule(epochs=2, rate=1e-4, seed=1), 0.35),
}
# Small sources weigh a little more, large ones a little less.
SOURCE_BALANCE = 0.25
SOURCE_RANGE = (0.7, 1.5)


def source_weight(sources: list[str]) -> np.ndarray:
    """Weight of each row, `[n]`: (rows of its source / mean rows of a source) ^ -`SOURCE_BALANCE`, clipped."""
    rows = Counter(sources)
    mean = np.mean(list(rows.values()))
    return np.array([np.clip((rows[s] / mean) ** -SOURCE_BALANCE, *SOURCE_RANGE) for s in sources], np.float32)


def annotated_rows(train: Split) -> Rows:
    """The annotations as training rows."""
    return Rows(train.texts, train.truth, source_weight(train.sources))


def weights_path(cache: Path, name: str) -> Path:
    """Where a member's weights lie."""
    return cache / f"teacher_{name}.pt"


def trained_member(data_dir: Path, cache: Path, name: str) -> tuple[Classifier, Base]:
    """A member of the teacher, fine-tuned unless the cache has it."""
    base = Base.named(name, cache)
    model, weights = Classifier(base), weights_path(cache, name)
    if not weights.exists():
        partial = weights.with_suffix(".partial")
        rows = annotated_rows(load_annotated(data_dir, "train"))
        finetune(model, base, rows, MEMBERS[name].schedule, partial)
        partial.replace(weights)
    model.load_state_dict(torch.load(weights, weights_only=True))
    return model, base


def train_teacher(data_dir: Path, cache: Path) -> None:
    """Stores the logits of each member (`mpnet_dev.npy`, …) and of the whole teacher (`teacher_dev.npy`, …)."""
    posts = {name: load_annotated(data_dir, name).texts for name in ("dev", "dev_hard")}
    posts["pool"] = read_pool(cache)
    for name in MEMBERS:
        model, base = trained_member(data_dir, cache, name)
        for part, texts in posts.items():
            path = cache / f"{name}_{part}.npy"
            if not path.exists() or len(np.load(path, mmap_mode="r")) != len(texts):
                np.save(path, logits_of(model, base, texts))
                print(f"teacher: {name} has read {part}", flush=True)
    for part in posts:
        average = sum(member.share * np.load(cache / f"{name}_{part}.npy") for name, member in MEMBERS.items())
        np.save(cache / f"teacher_{part}.npy", average)
