"""The posts that the teacher labels for its students: the pool.

Unlabelled posts and the texts of the public sets (their labels mean other
things and are not used), near-identical ones once, none that also stands in
an annotated split. No source may make up more than its cap of the first part,
or the students would learn tweets of 2009 above all; the rest comes after.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from .data import dedup_key, load_annotated, read_jsonl
from .encoder import mpnet_dir

CAPS = {"unlabelled/posts.jsonl.gz": 24_000, "public/train.jsonl.gz": 3_000}
SEED = 11
SPLITS = ("train", "dev", "dev_hard")


def candidates(data_dir: Path, seen: set[str]) -> Iterator[tuple[str, str, int]]:
    """Text, source and the source's cap of each distinct post."""
    for name, cap in CAPS.items():
        if not (data_dir / name).exists():
            continue
        for record in read_jsonl(data_dir / name):
            key = dedup_key(record["text"])
            if key and key not in seen:
                seen.add(key)
                yield record["text"], record["source"], cap


def pool(data_dir: Path) -> list[str]:
    """The pool in order of use: the balanced part first, each part shuffled."""
    seen = {dedup_key(text) for name in SPLITS for text in load_annotated(data_dir, name).texts}
    posts = list(candidates(data_dir, seen))
    random.Random(SEED).shuffle(posts)
    taken: Counter[str] = Counter()
    first, rest = [], []
    for text, source, cap in posts:
        taken[source] += 1
        (first if taken[source] <= cap else rest).append(text)
    return first + rest


def prepare(data_dir: Path, cache: Path) -> None:
    """Unpacks the teacher's base model and writes `pool.jsonl.gz`."""
    cache.mkdir(parents=True, exist_ok=True)
    mpnet_dir(cache)
    texts = pool(data_dir)
    with gzip.open(cache / "pool.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps({"text": text}) + "\n" for text in texts)
    print(f"pool: {len(texts):,} posts")


def read_pool(cache: Path) -> list[str]:
    """The texts that `prepare` wrote."""
    return [record["text"] for record in read_jsonl(cache / "pool.jsonl.gz")]
