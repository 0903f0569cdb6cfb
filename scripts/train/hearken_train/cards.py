"""Writes figures into the model cards (`models/*/README.md`) and the table of steps into `models/README.md`.

Figures stand between two markers and are only ever written from here, so
they always belong to the committed weights.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import ablate, learning_curve, robustness
from .compare_fasttext import compare, rival_path
from .data import Split, load_annotated
from .errors import error_table, scarce_table
from .evaluate import Figures, by_source, evaluate
from .manifest import SPECS, write_text
from .report import label_table, side_by_side, source_table, summary_table, table, urgency_table
from .shipped import Shipped

SPLITS = ("dev", "dev_hard")


def write_between(path: Path, name: str, text: str) -> None:
    """Replaces what stands between the markers `name` of a Markdown file."""
    begin, end = f"<!-- {name}: written by scripts/train/run -->", f"<!-- end of {name} -->"
    before, rest = path.read_text(encoding="utf-8").split(begin)
    _, after = rest.split(end)
    write_text(path, f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}")


def split_figures(name: str, shipped: Shipped, split: Split, rival: Figures, teacher: Figures) -> str:
    """All tables of one model on one split."""
    logits = shipped.logits(split.texts)
    ours = evaluate(logits, split)
    kept = ours.mean("average_precision") / teacher.mean("average_precision")
    model = shipped.folder.name
    return "\n\n".join(
        [
            f"### On `annotated/{name}` ({len(split):,} posts)",
            side_by_side({model: ours, "teacher": teacher, "fastText": rival}),
            f"Share of the teacher's macro average precision kept: {kept:.3f}.",
            f"All figures of `{model}`:",
            label_table(ours),
            "Urgency: share of the urgency-3 posts found, rank correlation and discounted gain of the order:",
            urgency_table({model: ours, "teacher": teacher, "fastText": rival}),
            f"Average precision of `{model}` per source (`–`: fewer than five positives):",
            source_table(by_source(logits, split)),
        ]
    )


def stored(cache: Path, kind: str, split: str) -> Path:
    """Where the logits of a model that doesn't ship lie."""
    return cache / f"{kind}_{split}.npy"


def write_figures(data_dir: Path, cache: Path, models: Path) -> None:
    """Every figure of both models into their cards, and what each step of the training brought."""
    splits = {name: load_annotated(data_dir, name) for name in SPLITS}
    if not all(rival_path(cache, name).exists() for name in SPLITS):
        compare(data_dir, cache)
    rivals = {name: evaluate(np.load(rival_path(cache, name)), split) for name, split in splits.items()}
    teachers = {name: evaluate(np.load(stored(cache, "teacher", name)), split) for name, split in splits.items()}
    for model in SPECS:
        shipped = Shipped.read(models / model)
        parts = [split_figures(n, shipped, split, rivals[n], teachers[n]) for n, split in splits.items()]
        write_between(models / model / "README.md", "figures", "\n\n".join(parts))
    steps = "\n\n".join(
        f"`annotated/{n}`:\n\n{summary_table(step_figures(cache, models, n, s, rivals[n]))}" for n, s in splits.items()
    )
    write_between(models / "README.md", "steps", steps)
    print(steps)
    write_between(models / "README.md", "choices", choices(cache, splits))
    write_between(models / "README.md", "learning curve", learning(data_dir, cache, splits))
    write_between(models / "README.md", "errors", errors(cache, models, splits["dev"]))


def step_figures(cache: Path, models: Path, name: str, split: Split, rival: Figures) -> dict[str, Figures]:
    """Figures of everything on the way, as far as the cache still has it."""
    named = {"fastText": rival}
    kinds = {
        "MiniLM-L6, annotations alone": "minilm",
        "mpnet, annotations alone": "mpnet",
        "teacher: both": "teacher",
        "MiniLM-L6, distilled, float32": "accurate_float",
        "static, annotations alone": "fast_alone",
    }
    for title, kind in kinds.items():
        if stored(cache, kind, name).exists():
            named[title] = evaluate(np.load(stored(cache, kind, name)), split)
    for model in SPECS:
        named[f"**`{model}`** (distilled, int8)"] = evaluate(Shipped.read(models / model).logits(split.texts), split)
    return named


def errors(cache: Path, models: Path, split: Split) -> str:
    """What is wrong with the decisions of `accurate` that are wrong."""
    logits = Shipped.read(models / "accurate").logits(split.texts)
    teacher = np.load(stored(cache, "teacher", "dev"))
    return f"{error_table(logits, teacher, split)}\n\n{scarce_table(logits, split)}"


def learning(data_dir: Path, cache: Path, splits: dict[str, Split]) -> str:
    """What MiniLM makes of a part of the annotations, as far as the cache has it."""
    rows, posts = [], len(load_annotated(data_dir, "train"))
    for part in (*learning_curve.PARTS, 1):
        if not all(learning_curve.path(cache, part, name).exists() for name in splits):
            continue
        cells = [f"{posts // part:,}"]
        for name, split in splits.items():
            f = evaluate(np.load(learning_curve.path(cache, part, name)), split)
            cells += [
                f"{x:.3f}" for x in (f.mean("average_precision"), f.mean("f1"), f.labels["grief"].average_precision)
            ]
        rows.append(cells)
    return table(
        ["annotated posts", *(f"{f}, {n}" for n in splits for f in ("macro AP", "macro F1", "grief AP"))], rows
    )


def choices(cache: Path, splits: dict[str, Split]) -> str:
    """What each choice of the training brings: means over the seeds, of the variants that the cache has."""
    rows = []
    for title in ablate.TITLES:
        seeds = [s for s in ablate.SEEDS if all(ablate.path(cache, title, s, name).exists() for name in splits)]
        if not seeds:
            continue
        cells = [title, str(len(seeds))]
        for name, split in splits.items():
            runs = [evaluate(np.load(ablate.path(cache, title, seed, name)), split) for seed in seeds]
            figures = [(r.mean("average_precision"), r.mean("f1"), r.urgent_found[0.05]) for r in runs]
            cells += [f"{values.mean():.3f} ± {values.std():.3f}" for values in np.array(figures).T]
        rows.append(cells)
    figures = ("macro AP", "macro F1", "urgency 3 in the top 5 %")
    return table(["static, annotations alone", "seeds", *(f"{f}, {name}" for name in splits for f in figures)], rows)


def write_robustness(models: Path) -> None:
    """The robustness suite, both models side by side, into both cards."""
    text = robustness.report({name: Shipped.read(models / name) for name in SPECS})
    for name in SPECS:
        write_between(models / name / "README.md", "robustness", text)
    print(text)
