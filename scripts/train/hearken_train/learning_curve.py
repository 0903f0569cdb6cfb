"""What more annotations would bring: MiniLM trained on a part of them, with everything else the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .data import Rows, load_annotated
from .encoder import Base, Classifier, logits_of
from .finetune import finetune
from .teacher import MEMBERS, annotated_rows

SPLITS = ("dev", "dev_hard")
# Of the annotated posts; each part holds the smaller ones. The whole is a member of the teacher.
PARTS = (8, 4, 2)


def path(cache: Path, part: int, split: str) -> Path:
    """Where the logits of a training on one post in `part` lie."""
    return cache / (f"minilm_{split}.npy" if part == 1 else f"minilm_of_{part}_{split}.npy")


def learn(data_dir: Path, cache: Path) -> None:
    """Trains on each part that the cache doesn't have, for as many epochs as the member of the teacher."""
    splits = {name: load_annotated(data_dir, name).texts for name in SPLITS}
    rows = annotated_rows(load_annotated(data_dir, "train"))
    order = np.random.default_rng(0).permutation(len(rows.texts))
    base = Base.named("minilm", cache)
    for part in PARTS:
        if all(path(cache, part, name).exists() for name in splits):
            continue
        chosen = order[: len(order) // part]
        some = Rows([rows.texts[i] for i in chosen], rows.target[chosen], rows.weight[chosen])
        model = finetune(Classifier(base), base, some, MEMBERS["minilm"].schedule, cache / f"minilm_of_{part}.partial")
        for name, texts in splits.items():
            np.save(path(cache, part, name), logits_of(model, base, texts))
        print(f"learning_curve: {len(chosen):,} posts are learnt", flush=True)
