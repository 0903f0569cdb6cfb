"""What each choice of the training brings: the static model on the annotations alone, with one thing changed at a time.

It trains in seconds where a transformer takes an hour, so every choice can be held against several seeds.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from .data import load_annotated
from .static_init import cached_vectors
from .static_train import Config, new_student, student_logits, train_student
from .teacher import annotated_rows

SEEDS = (7, 8, 9)
SPLITS = ("dev", "dev_hard")

# What is changed in the configuration that ships, by the title of the variant.
CONFIGS = {
    "all choices": Config(),
    "without weights for rare columns": Config(column_weight=(1.0,) * 8),
    "without noise": Config(noise=0.0),
    "without dropped tokens": Config(token_dropout=0.0),
    "with a focal loss (exponent 2)": Config(focus=2.0),
}
UNBALANCED = "without weights for small sources"
TITLES = (*CONFIGS, UNBALANCED)


def path(cache: Path, title: str, seed: int, split: str) -> Path:
    """Where the logits of a run lie."""
    return cache / f"ablate_{title.replace(' ', '_')}_{seed}_{split}.npy"


def ablate(data_dir: Path, cache: Path) -> None:
    """Trains every variant with every seed and keeps its logits, unless the cache has them."""
    splits = {name: load_annotated(data_dir, name).texts for name in SPLITS}
    rows = annotated_rows(load_annotated(data_dir, "train"))
    unweighted = replace(rows, weight=np.ones_like(rows.weight))
    for title in TITLES:
        config, changed = CONFIGS.get(title, Config()), unweighted if title == UNBALANCED else rows
        for seed in SEEDS:
            wanted = {path(cache, title, seed, name): texts for name, texts in splits.items()}
            if all(p.exists() for p in wanted):
                continue
            seeded = replace(config, seed=seed)
            model = train_student(new_student(changed, cached_vectors(cache), seeded), changed, seeded)
            for p, texts in wanted.items():
                np.save(p, student_logits(model, texts))
            print(f"ablate: {title}, seed {seed}", flush=True)
