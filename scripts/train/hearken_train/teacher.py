"""The teacher: all-mpnet-base-v2 fine-tuned on `annotated/train`.

Eight times the size of what may ship. What it makes of the pool is what the
students learn from; its figures are what theirs are held against.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import torch

from .data import Rows, Split, load_annotated
from .encoder import Base, Classifier, logits_of
from .finetune import Schedule, finetune
from .prepare import read_pool

SCHEDULE = Schedule(epochs=2, rate=4e-5, seed=1, skip_settled=0.6)
# So many posts of the pool are labelled.
POOL_POSTS = 120_000
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


def train_teacher(data_dir: Path, cache: Path) -> None:
    """Fine-tunes the teacher (`teacher.pt`) unless the cache has one, and stores its logits."""
    base = Base.named("mpnet", cache)
    model, weights = Classifier(base), cache / "teacher.pt"
    if not weights.exists():
        finetune(model, base, annotated_rows(load_annotated(data_dir, "train")), SCHEDULE, cache / "teacher.partial")
        (cache / "teacher.partial").replace(weights)
    model.load_state_dict(torch.load(weights, weights_only=True))
    posts = {name: load_annotated(data_dir, name).texts for name in ("dev", "dev_hard", "train")}
    posts["pool"] = read_pool(cache)[:POOL_POSTS]
    for name, texts in posts.items():
        path = cache / f"teacher_{name}.npy"
        if not path.exists() or len(np.load(path, mmap_mode="r")) != len(texts):
            np.save(path, logits_of(model, base, texts))
            print(f"teacher: {name} labelled", flush=True)
