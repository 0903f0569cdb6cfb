"""Keeps what rivals were trained to, until data, version or settings change."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from hearken_train.data import Split

STAMP = "made-from.json"


def digest(train: Split) -> str:
    """What tells one training split from another."""
    hashed = hashlib.sha256(train.truth.tobytes())
    for text in train.texts:
        hashed.update(text.encode() + b"\0")
    return hashed.hexdigest()


def keep(folder: Path, train: Split, settings: object, make: Callable[[Path], None]) -> None:
    """Has `make` fill `folder`, unless it was filled from the same posts with the same `settings` (as JSON)."""
    stamp = json.dumps({"train": digest(train), "settings": settings}, sort_keys=True)
    kept = folder / STAMP
    if kept.exists() and kept.read_text(encoding="utf-8") == stamp:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make(folder)
    # Last: what was broken off half-way is made again.
    kept.write_text(stamp, encoding="utf-8")
