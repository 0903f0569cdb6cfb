"""Command line: `python -m hearken_train DATA_DIR`, or one step of it.

train     teacher, student, export, parity check, calibration, manifest
evaluate  figures of the committed model, written into its card
compare   our model and fastText side by side
speed     posts per second on one thread
all       train, compare, evaluate, speed
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import numpy as np
import torch

from . import calibrate, report
from .compare_fasttext import MissingRivalError, rival_logits
from .data import Split, load_annotated, read_jsonl
from .distil import distillation_rows
from .evaluate import by_source, evaluate
from .export import export
from .init import cached_vectors
from .manifest import write_manifest, write_tokenizer
from .model import FastModel
from .parity import check, onnx_logits
from .speed import open_session, posts_per_second
from .train import Config, new_student, train_student

PACKAGE = Path(__file__).resolve().parent.parent
FOLDER = PACKAGE.parent.parent / "models" / "fast"
CACHE = Path(os.environ.get("HEARKEN_TRAIN_CACHE", PACKAGE / ".cache"))
SPLITS = ("dev", "dev_hard")


def train(data_dir: Path) -> None:
    """Trains teacher and student and writes `models/fast`."""
    annotated, config = load_annotated(data_dir, "train"), Config()
    splits = [load_annotated(data_dir, name) for name in SPLITS]
    rows = distillation_rows(data_dir, CACHE, annotated, splits, config.annotated_weight)
    model = train_student(new_student(rows, cached_vectors(CACHE), config), rows, config)
    torch.save(model.state_dict(), CACHE / "student.pt")
    publish(model, splits[0])


def publish(model: FastModel, dev: Split) -> None:
    """Exports `model`, checks the graph, calibrates it on `dev`, writes the manifest."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    export(model, FOLDER / "model.onnx")
    write_tokenizer(FOLDER)
    print(check(model, FOLDER / "model.onnx", dev.texts))
    # Calibrated on what ships: the logits of the exported graph.
    logits = onnx_logits(open_session(FOLDER / "model.onnx"), dev.texts)
    write_manifest(FOLDER, calibrate.fit(logits, dev.truth))


def compare(data_dir: Path) -> None:
    """Trains fastText and prints ours and fastText side by side."""
    splits = [load_annotated(data_dir, name) for name in SPLITS]
    session = open_session(FOLDER / "model.onnx")
    rivals = rival_logits(load_annotated(data_dir, "train"), splits)
    CACHE.mkdir(parents=True, exist_ok=True)
    for name, split, rival in zip(SPLITS, splits, rivals, strict=True):
        np.save(CACHE / f"rival_{name}.npy", rival)
        print(f"\nannotated/{name}\n")
        ours = evaluate(onnx_logits(session, split.texts), split)
        print(report.side_by_side(ours, evaluate(rival, split)))


def figures(data_dir: Path, name: str) -> str:
    """All tables of one split."""
    split = load_annotated(data_dir, name)
    logits = onnx_logits(open_session(FOLDER / "model.onnx"), split.texts)
    ours, theirs = evaluate(logits, split), evaluate(np.load(CACHE / f"rival_{name}.npy"), split)
    parts = [
        f"### On `annotated/{name}` ({len(split):,} posts)",
        report.side_by_side(ours, theirs),
        "All figures of `fast`:",
        report.label_table(ours),
        "Urgency: share of the urgency-3 posts found, and rank correlation with the annotated urgency:",
        report.urgency_table({"fast": ours, "fastText": theirs}),
        "Average precision of `fast` per source (`–`: fewer than five positives):",
        report.source_table(by_source(logits, split)),
    ]
    return "\n\n".join(parts)


def write_figures(data_dir: Path) -> None:
    """Prints all figures and puts them into the model card; compares first if that was never done."""
    if not all((CACHE / f"rival_{name}.npy").exists() for name in SPLITS):
        compare(data_dir)
    text = "\n\n".join(figures(data_dir, name) for name in SPLITS)
    print(text)
    report.write_into_card(FOLDER / "README.md", text)


def speed(data_dir: Path) -> None:
    """Prints the graph's throughput on the stream."""
    texts = [record["text"] for record in read_jsonl(data_dir / "streams" / "posts-60k.jsonl.gz")]
    rate = posts_per_second(FOLDER / "model.onnx", texts)
    print(f"\n{rate:,.0f} posts/s on one thread, batches of 256 length-sorted posts, without tokenisation")


def main() -> int:
    """Runs the chosen step. Exit 2 when something that it needs is missing."""
    parser = argparse.ArgumentParser(prog="hearken_train", description=__doc__.splitlines()[0])
    parser.add_argument("data_dir", type=Path, help="folder with annotated/, unlabelled/ and streams/")
    parser.add_argument("step", nargs="?", default="all", choices=["all", "train", "evaluate", "compare", "speed"])
    arguments = parser.parse_args()
    if not (arguments.data_dir / "annotated" / "train.jsonl.gz").exists():
        parser.error(f"{arguments.data_dir} holds no annotated/train.jsonl.gz")
    steps = {"train": train, "compare": compare, "evaluate": write_figures, "speed": speed}
    try:
        for name, step in steps.items():
            if arguments.step in ("all", name):
                step(arguments.data_dir)
    except MissingRivalError as error:
        print(f"hearken_train: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
