"""The measures that the model card quotes.

Written out in numpy, so that what a figure means can be read here. `truth`
is 0/1 and `score` a probability, both `[n]`, unless said otherwise.
"""

from __future__ import annotations

import numpy as np


def average_precision(truth: np.ndarray, score: np.ndarray) -> float:
    """Area under precision over recall, ties counted as one step; NaN without positives."""
    order = np.argsort(-score, kind="stable")
    hits, ranked = truth[order] > 0.5, score[order]
    if not hits.any():
        return float("nan")
    last_of_tie = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    found = np.cumsum(hits)[last_of_tie]
    precision = found / (last_of_tie + 1)
    gained = np.diff(found, prepend=0) / hits.sum()
    return float((precision * gained).sum())


def precision_recall_f1(truth: np.ndarray, chosen: np.ndarray) -> tuple[float, float, float]:
    """Precision, recall and F1 of the boolean decision `chosen`."""
    positive = truth > 0.5
    right = float((positive & chosen).sum())
    precision = right / max(1, chosen.sum())
    recall = right / max(1, positive.sum())
    return precision, recall, 2 * right / max(1, chosen.sum() + positive.sum())


def best_threshold(score: np.ndarray) -> float:
    """The threshold with the highest F1 that calibrated probabilities promise: midway between two neighbouring ones.

    The expected F1 rests on all rows; the F1 of the labels hangs on the few positives near the threshold, and the best
    one of some rows is seldom the best of others.
    """
    ranked = np.sort(score)[::-1]
    f1 = 2 * np.cumsum(ranked) / (ranked.sum() + np.arange(1, len(ranked) + 1))
    at = int(f1.argmax())
    below = ranked[at + 1] if at + 1 < len(ranked) else 0.0
    return float((ranked[at] + below) / 2)


def recall_threshold(truth: np.ndarray, score: np.ndarray, wanted: float) -> float:
    """The threshold at which `wanted` of the positives are found: just below the score of the last one needed."""
    positives = np.sort(score[truth > 0.5])[::-1]
    if len(positives) == 0:
        return 0.0
    return float(positives[int(np.ceil(wanted * len(positives))) - 1])


def brier(truth: np.ndarray, score: np.ndarray) -> float:
    """Mean squared error of the probabilities."""
    return float(((score - truth) ** 2).mean())


def calibration_error(truth: np.ndarray, score: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins, weighted by rows."""
    place = np.minimum((score * bins).astype(int), bins - 1)
    error = 0.0
    for b in range(bins):
        inside = place == b
        if inside.any():
            error += inside.mean() * abs(score[inside].mean() - truth[inside].mean())
    return float(error)


def recall_in_top(truth: np.ndarray, score: np.ndarray, share: float) -> float:
    """Share of the positives among the `share` highest-scored rows."""
    top = np.argsort(-score, kind="stable")[: max(1, round(share * len(score)))]
    return float(truth[top].sum() / max(1.0, truth.sum()))


def ndcg(gain: np.ndarray, score: np.ndarray, depth: int = 50) -> float:
    """Discounted gain of the first `depth` rows against that of the best order."""
    discount = 1.0 / np.log2(np.arange(2, min(depth, len(gain)) + 2))
    found = gain[np.argsort(-score, kind="stable")][:depth]
    return float((found * discount).sum() / (np.sort(gain)[::-1][:depth] * discount).sum())


def midranks(values: np.ndarray) -> np.ndarray:
    """Ranks with ties sharing their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Rank correlation."""
    return float(np.corrcoef(midranks(a), midranks(b))[0, 1])
