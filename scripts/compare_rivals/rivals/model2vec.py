"""model2vec: static vectors distilled from all-MiniLM-L6-v2 and a classifier on top, as its documentation tells.

Distilling and training need PyTorch and run once, in an environment of their own (`model2vec_train.py`); what comes out
needs numpy only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.metadata import version as version_of
from pathlib import Path

import numpy as np
from hearken_train.data import Split
from hearken_train.labels import COLUMNS
from model2vec.inference import StaticModelPipeline

from .. import trained
from ..rival import RivalError
from ..worker import Judge

HERE = Path(__file__).resolve().parent.parent
REQUIREMENTS = HERE / "requirements-model2vec.txt"
TRAINER = HERE / "model2vec_train.py"


def version() -> str:
    """Of the package."""
    return f"model2vec {version_of('model2vec')}"


def run(words: list[str], what: str) -> None:
    """Runs a step of the preparation.

    Raises `RivalError` with the end of what it said when it fails.
    """
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise RivalError(f"{what}: status {done.returncode}, {said[-1]}. Or compare --without model2vec")


def environment(folder: Path) -> Path:
    """The Python that trains, with the pinned requirements installed."""
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not installed.exists() or installed.read_text(encoding="utf-8") != wanted:
        run([sys.executable, "-m", "venv", str(folder)], "no environment could be made for model2vec's training")
        install = [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS)]
        run(install, f"pip could not install {REQUIREMENTS.name}")
        installed.write_text(wanted, encoding="utf-8")
    return python


def prepare(train: Split, folder: Path) -> None:
    """Distils and trains, some minutes."""

    def make(folder: Path) -> None:
        python = environment(Path(sys.prefix).with_name("venv-model2vec"))
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as posts:
            for text, truth in zip(train.texts, train.truth, strict=True):
                labels = [name for name, on in zip(COLUMNS, truth, strict=True) if on > 0.5]
                posts.write(json.dumps({"text": text, "labels": labels}) + "\n")
            posts.flush()
            run([str(python), str(TRAINER), posts.name, str(folder / "model")], "model2vec could not be trained")

    trained.keep(folder, train, [version(), REQUIREMENTS.read_text(encoding="utf-8")], make)


def load(folder: Path) -> Judge:
    """A judge by what was trained; a column that training never saw counts as 0."""
    pipeline = StaticModelPipeline.from_pretrained(str(folder / "model"))
    columns = [COLUMNS.index(name) for name in pipeline.classes_]

    def probabilities(texts: list[str]) -> np.ndarray:
        rows = np.zeros((len(texts), len(COLUMNS)), dtype=np.float32)
        rows[:, columns] = pipeline.predict_proba(texts, use_multiprocessing=False)
        return rows

    return Judge(probabilities)
