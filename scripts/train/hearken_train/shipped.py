"""A model directory as the engine reads it: graph, tokenizer, manifest.

Everything that is measured here is measured on what ships, not on the
PyTorch model that it came from.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from .calibrate import Calibration
from .labels import COLUMNS, LABELS, fold_advice
from .tokens import bucketed, pad


def open_session(graph: Path | bytes) -> onnxruntime.InferenceSession:
    """An ONNX Runtime session limited to one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    source = graph if isinstance(graph, bytes) else str(graph)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


class Shipped:
    """One of `models/*`. Needs `model.onnx`, `tokenizer.json`, and for probabilities `hearken.json`."""

    def __init__(self, folder: Path, max_tokens: int, special_tokens: bool, batch: int, tokens: int) -> None:
        # At most so many rows and tokens in a batch.
        self.folder, self.batch, self.tokens = folder, batch, tokens
        self.special_tokens = special_tokens
        self.max_tokens = max_tokens
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        if special_tokens:
            self.tokenizer.enable_truncation(max_tokens)
        self.session = open_session(folder / "model.onnx")

    @staticmethod
    def read(folder: Path) -> Shipped:
        """As the manifest says."""
        manifest = json.loads((folder / "hearken.json").read_text(encoding="utf-8"))
        batch = manifest["batch"]
        return Shipped(folder, manifest["max_tokens"], manifest["special_tokens"], batch["rows"], batch["ids"])

    def encode(self, texts: list[str]) -> list[np.ndarray]:
        """Token ids of each text."""
        encodings = self.tokenizer.encode_batch_fast(texts, add_special_tokens=self.special_tokens)
        return [np.array(e.ids[: self.max_tokens], dtype=np.int64) for e in encodings]

    def run(self, rows: list[np.ndarray], length: int | None = None) -> np.ndarray:
        """Logits of one batch, padded to its longest row or to `length`."""
        return self.session.run(["logits"], {"input_ids": pad(rows, length)})[0]

    def logits(self, texts: list[str]) -> np.ndarray:
        """Logits `[n, 8]` in the order of `texts`, in batches of rows of like length."""
        rows = self.encode(texts)
        out = np.zeros((len(rows), len(COLUMNS)), dtype=np.float32)
        for index in bucketed(np.array([len(r) for r in rows]), self.batch, None):
            out[index] = self.run([rows[i] for i in index])
        return out

    def calibration(self) -> Calibration:
        """What `hearken.json` says."""
        manifest = json.loads((self.folder / "hearken.json").read_text(encoding="utf-8"))
        platt = [manifest["calibration"][name] for name in COLUMNS]
        return Calibration(
            np.array([p["scale"] for p in platt]),
            np.array([p["bias"] for p in platt]),
            np.array([manifest["thresholds"][name] for name in LABELS]),
            np.array([manifest["threshold_sets"]["high_recall"][name] for name in LABELS]),
        )

    def judge(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Calibrated probabilities `[n, 8]` and assigned labels `[n, 4]`, as the engine gives them."""
        fitted = self.calibration()
        probabilities = fitted.probabilities(self.logits(texts))
        return probabilities, fold_advice(probabilities) >= fitted.thresholds
