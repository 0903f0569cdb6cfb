"""The rival: fastText, trained on the same posts and measured the same way.

Uses the command-line program of the Debian package `fasttext` with
one-vs-all loss, word bigrams and 100 dimensions. It learns the same eight
columns, so advice and urgency are folded exactly as for our model.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from .data import Split, load_annotated
from .labels import COLUMNS

SETTINGS = ["-loss", "ova", "-wordNgrams", "2", "-dim", "100", "-minn", "2", "-maxn", "5"]
SETTINGS += ["-lr", "0.3", "-epoch", "15", "-bucket", "500000", "-minCount", "2", "-seed", "1"]
WORD = re.compile(r"\w+|[^\w\s]")


class MissingRivalError(RuntimeError):
    """The fastText program is not installed."""


def prepare(text: str) -> str:
    """Lower case, punctuation apart: the preparation fastText's authors advise."""
    return " ".join(WORD.findall(text.lower())) or "."


def training_line(text: str, truth: np.ndarray) -> str:
    """One line of fastText's supervised format; a post without labels gets `none`."""
    names = [name for name, on in zip(COLUMNS, truth, strict=True) if on > 0.5] or ["none"]
    return " ".join(f"__label__{name}" for name in names) + " " + prepare(text)


def parse_scores(line: str) -> np.ndarray:
    """Probabilities in column order from `__label__a 0.9 __label__b 0.1 …`."""
    words = line.split()
    found = {name.removeprefix("__label__"): float(p) for name, p in zip(words[::2], words[1::2], strict=True)}
    return np.array([found.get(name, 0.0) for name in COLUMNS])


def rival_logits(train: Split, splits: list[Split], settings: list[str] | None = None) -> list[np.ndarray]:
    """Trains fastText on `train`; logits `[n, 8]` for each of `splits`.

    Raises `MissingRivalError` when the program is not installed.
    """
    program = shutil.which("fasttext")
    if program is None:
        raise MissingRivalError("fasttext is not installed. Install it with: apt-get install fasttext")
    with tempfile.TemporaryDirectory() as folder:
        lines, model = Path(folder) / "train.txt", Path(folder) / "rival"
        pairs = zip(train.texts, train.truth, strict=True)
        lines.write_text("\n".join(training_line(t, y) for t, y in pairs) + "\n", encoding="utf-8")
        command = [program, "supervised", "-input", str(lines), "-output", str(model), "-thread", "2"]
        subprocess.run(command + (settings or SETTINGS), check=True, capture_output=True)
        results = []
        for split in splits:
            posts = "\n".join(prepare(t) for t in split.texts) + "\n"
            predict = [program, "predict-prob", f"{model}.bin", "-", str(len(COLUMNS) + 1)]
            done = subprocess.run(predict, input=posts.encode(), check=True, capture_output=True)
            rows = np.stack([parse_scores(line) for line in done.stdout.decode().splitlines()])
            p = np.clip(rows, 1e-6, 1 - 1e-6)
            results.append(np.log(p / (1 - p)).astype(np.float32))
    return results


def rival_path(cache: Path, split: str) -> Path:
    """Where the rival's logits of a split lie."""
    return cache / f"rival_{split}.npy"


def compare(data_dir: Path, cache: Path) -> None:
    """Trains the rival and keeps its logits of both splits."""
    names = ("dev", "dev_hard")
    splits = [load_annotated(data_dir, name) for name in names]
    for name, logits in zip(names, rival_logits(load_annotated(data_dir, "train"), splits), strict=True):
        np.save(rival_path(cache, name), logits)
