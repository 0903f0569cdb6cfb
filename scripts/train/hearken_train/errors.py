"""What is wrong with the decisions that are wrong: counts of them, never a text.

Decisions are the cross-fitted ones that every figure rests on (see `calibrate.py`).
"""

from __future__ import annotations

import numpy as np

from .calibrate import cross_fit, fit
from .data import Split
from .labels import LABELS, fold_advice
from .report import table

# A probability this close to the threshold is a toss-up.
CLOSE = 0.15
# So sure of the opposite that one of the two, model or annotation, must be badly wrong.
SURE = 0.9


def error_table(logits: np.ndarray, teacher: np.ndarray, split: Split) -> str:
    """Per label: misses and false alarms, and how many of both are close calls, sure, and made by the teacher too."""
    truth = fold_advice(split.truth) > 0.5
    ours, theirs = cross_fit(logits, split.truth), cross_fit(teacher, split.truth)
    probability = fold_advice(ours.probabilities)
    thresholds = fit(logits, split.truth).thresholds
    wrong, wrong_too = ours.chosen != truth, theirs.chosen != truth
    close = np.abs(probability - thresholds) < CLOSE
    sure = np.where(truth, 1 - probability, probability) > SURE
    rows = []
    for k, name in enumerate(LABELS):
        rows.append([name, *counts(wrong[:, k], truth[:, k], close[:, k], sure[:, k], wrong_too[:, k])])
    flat = (x.ravel() for x in (wrong, truth, close, sure, wrong_too))
    rows.append(["**all**", *counts(*flat)])
    header = [
        "label",
        "missed",
        "false alarms",
        f"within {CLOSE} of the threshold",
        f"over {SURE} sure of the opposite",
    ]
    return table([*header, "the teacher errs too"], rows)


def counts(
    wrong: np.ndarray, truth: np.ndarray, close: np.ndarray, sure: np.ndarray, wrong_too: np.ndarray
) -> list[str]:
    """The cells of one row."""
    shares = [f"{x[wrong].mean():.0%}" for x in (close, sure, wrong_too)]
    return [str((wrong & truth).sum()), str((wrong & ~truth).sum()), *shares]


def scarce_table(logits: np.ndarray, split: Split) -> str:
    """Share of wrong decisions by what is special about a post."""
    truth = fold_advice(split.truth) > 0.5
    wrong = cross_fit(logits, split.truth).chosen != truth
    words = np.array([len(text.split()) for text in split.texts])
    question = np.array(["?" in text for text in split.texts])
    groups = {
        "fewer than 8 words": words < 8,
        "8 to 24 words": (words >= 8) & (words < 25),
        "25 words or more": words >= 25,
        "with a question mark": question,
        "no label": ~truth.any(axis=1),
        "one label": truth.sum(axis=1) == 1,
        "two labels or more": truth.sum(axis=1) > 1,
    }
    rows = [
        [name, str(inside.sum()), f"{wrong[inside].any(axis=1).mean():.0%}", f"{wrong[inside].mean():.1%}"]
        for name, inside in groups.items()
    ]
    return table(["posts", "how many", "with a wrong label", "wrong among their label decisions"], rows)
