"""Writes `tokenizer.json` and `hearken.json`, the files beside `model.onnx`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from . import encoder, tokens
from .calibrate import Calibration
from .labels import COLUMNS
from .tokens import load_tokenizer


@dataclass(frozen=True)
class Spec:
    """How the engine feeds a model."""

    max_tokens: int
    special_tokens: bool
    batch_rows: int
    batch_ids: int


SPECS = {
    "fast": Spec(tokens.MAX_TOKENS, special_tokens=False, batch_rows=128, batch_ids=4096),
    # Small batches: what a layer makes of 512 tokens still lies in the cache when the next one wants it.
    "accurate": Spec(encoder.MAX_TOKENS, special_tokens=True, batch_rows=64, batch_ids=512),
}


def write_text(path: Path, text: str) -> None:
    """Writes beside the place and moves, so readers never see half a file."""
    temporary = path.with_suffix(".partial")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def write_tokenizer(folder: Path) -> None:
    """The tokenizer without truncation and padding entries."""
    tokenizer = json.loads(load_tokenizer().to_str())
    tokenizer["truncation"] = tokenizer["padding"] = None
    write_text(folder / "tokenizer.json", json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")))


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_manifest(folder: Path, calibration: Calibration) -> None:
    """`hearken.json`: how to feed the graph, what its columns mean, and hashes."""
    spec = SPECS[folder.name]
    manifest = {
        "schema": 1,
        "name": folder.name,
        "languages": ["en"],
        "max_tokens": spec.max_tokens,
        "special_tokens": spec.special_tokens,
        "batch": {"rows": spec.batch_rows, "ids": spec.batch_ids},
        "inputs": {"input_ids": "input_ids"},
        "output": "logits",
        "columns": list(COLUMNS),
        **calibration.as_json(),
        "sha256": {name: sha256(folder / name) for name in ("model.onnx", "tokenizer.json")},
    }
    write_text(folder / "hearken.json", json.dumps(manifest, indent=2) + "\n")
