"""Command line: `python -m hearken_train DATA_DIR`, or one step of it.

prepare    base models, and the pool of posts for the teacher to label
teacher    fine-tunes the teacher and labels the pool
distill    trains both students
export     graphs and tokenizers, held against the trained models
calibrate  calibration, thresholds and manifests
compare    trains fastText, the rival, for the figures
ablate     trains the static model with one choice changed at a time, for the figures
curve      trains MiniLM on a part of the annotations, for the learning curve
report     every figure, written into the model cards
robustness the robustness suite, written into the model cards
speed      posts per second on one thread
all        all of these, in this order
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import calibrate, cards
from .ablate import ablate
from .compare_fasttext import MissingRivalError, compare
from .data import load_annotated, read_jsonl
from .distill import distill_accurate, distill_fast
from .export import export_accurate, export_fast, shipped
from .learning_curve import learn
from .manifest import SPECS, write_manifest
from .prepare import prepare
from .shipped import Shipped
from .speed import posts_per_second
from .teacher import train_teacher

PACKAGE = Path(__file__).resolve().parent.parent
MODELS = PACKAGE.parent.parent / "models"
CACHE = Path(os.environ.get("HEARKEN_TRAIN_CACHE", PACKAGE / ".cache"))


@dataclass(frozen=True)
class Run:
    """Which models, from which data."""

    data_dir: Path
    models: tuple[str, ...]

    def prepare(self) -> None:
        """See `prepare.py`."""
        prepare(self.data_dir, CACHE)

    def teacher(self) -> None:
        """See `teacher.py`."""
        train_teacher(self.data_dir, CACHE)

    def distill(self) -> None:
        """See `distill.py`."""
        if "accurate" in self.models:
            distill_accurate(self.data_dir, CACHE)
        if "fast" in self.models:
            distill_fast(self.data_dir, CACHE)

    def export(self) -> None:
        """See `export.py`."""
        for name in self.models:
            {"accurate": export_accurate, "fast": export_fast}[name](self.data_dir, CACHE, MODELS)

    def calibrate(self) -> None:
        """Fits on `annotated/dev` what ships. Calibrated on the logits of the exported graph."""
        dev = load_annotated(self.data_dir, "dev")
        for name in self.models:
            logits = shipped(MODELS, name).logits(dev.texts)
            write_manifest(MODELS / name, calibrate.fit(logits, dev.truth))

    def compare(self) -> None:
        """See `compare_fasttext.py`."""
        compare(self.data_dir, CACHE)

    def ablate(self) -> None:
        """See `ablate.py`."""
        ablate(self.data_dir, CACHE)

    def curve(self) -> None:
        """See `learning_curve.py`."""
        learn(self.data_dir, CACHE)

    def report(self) -> None:
        """See `cards.py`."""
        cards.write_figures(self.data_dir, CACHE, MODELS)

    def robustness(self) -> None:
        """See `robustness.py`."""
        cards.write_robustness(MODELS)

    def speed(self) -> None:
        """Prints the graphs' throughput on the stream."""
        texts = [record["text"] for record in read_jsonl(self.data_dir / "streams" / "posts-60k.jsonl.gz")]
        for name in self.models:
            part = texts if name == "fast" else texts[:4_000]
            print(f"{name}, {len(part):,} posts, one thread, without tokenisation:\n")
            print(posts_per_second(Shipped.read(MODELS / name), part) + "\n")


STEPS: dict[str, Callable[[Run], None]] = {
    name: getattr(Run, name)
    for name in (
        "prepare",
        "teacher",
        "distill",
        "export",
        "calibrate",
        "compare",
        "ablate",
        "curve",
        "report",
        "robustness",
        "speed",
    )
}


def main() -> int:
    """Runs the chosen step. Exit 2 when something that it needs is missing."""
    parser = argparse.ArgumentParser(
        prog="hearken_train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_dir", type=Path, help="folder with annotated/, unlabelled/, public/ and streams/")
    parser.add_argument("step", nargs="?", default="all", choices=["all", *STEPS])
    parser.add_argument("--model", choices=list(SPECS), help="this model only, for distill, export, calibrate, speed")
    arguments = parser.parse_args()
    if not (arguments.data_dir / "annotated" / "train.jsonl.gz").exists():
        parser.error(f"{arguments.data_dir} holds no annotated/train.jsonl.gz")
    run = Run(arguments.data_dir, (arguments.model,) if arguments.model else tuple(SPECS))
    try:
        for name, step in STEPS.items():
            if arguments.step in ("all", name):
                step(run)
    except MissingRivalError as error:
        print(f"hearken_train: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
