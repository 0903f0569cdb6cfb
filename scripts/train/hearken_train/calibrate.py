"""Platt scaling per column and thresholds per label.

What ships is fitted on all of the calibration rows. What is *reported* is
cross-fitted: each row's probability and decision come from a fit that did
not see it, because a fit always looks good on its own rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .labels import COLUMNS, LABELS, fold_advice
from .metrics import best_threshold, recall_threshold

FOLDS = 5
# What `threshold_sets.high_recall` is to find of each label in `LABELS`. For grief the aim is 0.95 on posts that the
# thresholds were not fitted on, where they find a little less.
WANTED_RECALL = (0.97, 0.90, 0.90, 0.90)


@dataclass(frozen=True)
class Calibration:
    """`p = sigmoid(scale * logit + bias)` per column; two thresholds per label: of the best F1 and of high recall."""

    scale: np.ndarray
    bias: np.ndarray
    thresholds: np.ndarray
    high_recall: np.ndarray

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, `[n, 8]`."""
        return sigmoid(logits * self.scale + self.bias)

    def as_json(self) -> dict:
        """The `calibration`, `thresholds` and `threshold_sets` entries of `hearken.json`."""
        pairs = zip(COLUMNS, self.scale, self.bias, strict=True)

        def by_label(values: np.ndarray) -> dict[str, float]:
            return {n: round(float(v), 4) for n, v in zip(LABELS, values, strict=True)}

        return {
            "calibration": {name: {"scale": round(float(s), 6), "bias": round(float(b), 6)} for name, s, b in pairs},
            "thresholds": by_label(self.thresholds),
            "threshold_sets": {"high_recall": by_label(self.high_recall)},
        }


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function, safe for large negative values."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def platt(logit: np.ndarray, truth: np.ndarray, steps: int = 100) -> tuple[float, float]:
    """Scale and bias of maximum likelihood, by Newton's method with step halving.

    Platt's smoothed targets stand in for 0 and 1, so that a perfectly
    separated column does not run off to infinite scale. Logits are
    standardised first and a step that does not lower the loss is halved:
    plain Newton steps diverge on a model as over-confident as fastText.
    """
    positives, n = truth.sum(), len(truth)
    target = np.where(truth > 0.5, (positives + 1) / (positives + 2), 1 / (n - positives + 2))
    centre, spread = float(logit.mean()), float(logit.std()) or 1.0
    design = np.stack([(logit - centre) / spread, np.ones(n)], axis=1)

    def loss(weights: np.ndarray) -> float:
        z = design @ weights
        return float((np.logaddexp(0.0, z) - target * z).mean())

    weights, current = np.zeros(2), np.log(2.0)
    for _ in range(steps):
        p = sigmoid(design @ weights)
        gradient = design.T @ (p - target)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        while loss(weights - step) > current and np.abs(step).max() > 1e-9:
            step /= 2
        weights, before = weights - step, current
        current = loss(weights)
        if before - current < 1e-12:
            break
    scale = weights[0] / spread
    return float(scale), float(weights[1] - scale * centre)


def fit(logits: np.ndarray, truth: np.ndarray) -> Calibration:
    """Fits scales, biases and thresholds on `[n, 8]` logits and 0/1 truth."""
    pairs = np.array([platt(logits[:, c], truth[:, c]) for c in range(len(COLUMNS))])
    scale, bias = pairs[:, 0], pairs[:, 1]
    folded, scores = fold_advice(truth), fold_advice(sigmoid(logits * scale + bias))
    best = [best_threshold(scores[:, k]) for k in range(len(LABELS))]
    high = [recall_threshold(folded[:, k], scores[:, k], wanted) for k, wanted in enumerate(WANTED_RECALL)]
    # High recall never asks for more than the best F1 does.
    return Calibration(scale, bias, np.array(best), np.minimum(best, high))


@dataclass(frozen=True)
class Judged:
    """Out-of-fold probabilities `[n, 8]` and label decisions `[n, 4]` by either set of thresholds."""

    probabilities: np.ndarray
    chosen: np.ndarray
    chosen_high_recall: np.ndarray


def cross_fit(logits: np.ndarray, truth: np.ndarray, seed: int = 0) -> Judged:
    """Judges each fold by a fit to the others."""
    fold = np.random.default_rng(seed).permutation(len(logits)) % FOLDS
    probabilities = np.zeros(logits.shape)
    chosen, high = np.zeros((2, len(logits), len(LABELS)), dtype=bool)
    for f in range(FOLDS):
        out = fold == f
        fitted = fit(logits[~out], truth[~out])
        probabilities[out] = fitted.probabilities(logits[out])
        folded = fold_advice(probabilities[out])
        chosen[out], high[out] = folded >= fitted.thresholds, folded >= fitted.high_recall
    return Judged(probabilities, chosen, high)
