"""Figures of one model on one split, as the model card quotes them.

Probabilities and decisions are cross-fitted within the split (see
`calibrate.py`), for ours and for the rival alike, so no figure is read off
the rows that its calibration was fitted on. The order of the posts needs no
calibration, which would shuffle the folds into each other: figures of a
ranking are taken from the plain sigmoid of the logits.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from . import metrics
from .calibrate import cross_fit, sigmoid
from .data import Split
from .labels import LABELS, expected_urgency, fold_advice

TOP_SHARES = (0.01, 0.05, 0.10)
FEW = 5  # fewer positives than this make no average precision worth printing


@dataclass(frozen=True)
class LabelFigures:
    """One label on one split."""

    precision: float
    recall: float
    f1: float
    average_precision: float
    brier: float
    calibration_error: float
    high_recall: float
    high_recall_precision: float
    positives: int


@dataclass(frozen=True)
class Figures:
    """Everything that is reported about a model on a split.

    Urgency-3 posts are looked for at the top of two rankings: by expected
    urgency and by the probability of urgency 3 alone.
    """

    labels: dict[str, LabelFigures]
    urgent_found: dict[float, float]
    urgent_found_by_top: dict[float, float]
    urgency_spearman: float
    urgency_ndcg: float

    def mean(self, field: str) -> float:
        """Unweighted mean of one figure over the four labels."""
        return float(np.mean([getattr(f, field) for f in self.labels.values()]))


def evaluate(logits: np.ndarray, split: Split) -> Figures:
    """Computes all figures from `[n, 8]` logits."""
    judged = cross_fit(logits, split.truth)
    truth, score = fold_advice(split.truth), fold_advice(judged.probabilities)
    plain = sigmoid(logits)
    order = fold_advice(plain)
    labels = {}
    for k, name in enumerate(LABELS):
        t, p = truth[:, k], score[:, k]
        high_precision, high_recall, _ = metrics.precision_recall_f1(t, judged.chosen_high_recall[:, k])
        labels[name] = LabelFigures(
            *metrics.precision_recall_f1(t, judged.chosen[:, k]),
            average_precision=metrics.average_precision(t, order[:, k]),
            brier=metrics.brier(t, p),
            calibration_error=metrics.calibration_error(t, p),
            high_recall=high_recall,
            high_recall_precision=high_precision,
            positives=int(t.sum()),
        )
    urgency = expected_urgency(plain)
    urgent = split.truth[:, 7]
    return Figures(
        labels,
        {share: metrics.recall_in_top(urgent, urgency, share) for share in TOP_SHARES},
        {share: metrics.recall_in_top(urgent, plain[:, 7], share) for share in TOP_SHARES},
        metrics.spearman(urgency, expected_urgency(split.truth)),
        metrics.ndcg(2 ** expected_urgency(split.truth) - 1, urgency),
    )


def by_source(logits: np.ndarray, split: Split) -> dict[str, tuple[int, list[float]]]:
    """Rows and per-label average precision of each source; NaN below `FEW` positives."""
    truth, score = fold_advice(split.truth), fold_advice(sigmoid(logits))
    sources = np.array(split.sources)
    table = {}
    for name, rows in Counter(split.sources).most_common():
        inside = sources == name
        table[name] = (
            rows,
            [
                metrics.average_precision(t[inside], p[inside]) if t[inside].sum() >= FEW else float("nan")
                for t, p in zip(truth.T, score.T, strict=True)
            ],
        )
    return table
