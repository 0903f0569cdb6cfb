"""Platt scaling per column and thresholds per label.

What ships is fitted on all of the calibration rows. What is *reported* is
cross-fitted: each row's probability and decision come from a fit that did
not see it, because a fit always looks good on its own rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .labels import COLUMNS, LABELS, fold_advice
from .metrics import best_threshold

FOLDS = 5


@dataclass(frozen=True)
class Calibration:
    """`p = sigmoid(scale * logit + bias)` per column; one threshold per label."""

    scale: np.ndarray
    bias: np.ndarray
    thresholds: np.ndarray

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, `[n, 8]`."""
        return sigmoid(logits * self.scale + self.bias)

    def as_json(self) -> dict:
        """The `calibration` and `thresholds` entries of `hearken.json`."""
        pairs = zip(COLUMNS, self.scale, self.bias, strict=True)
        return {
            "calibration": {name: {"scale": round(float(s), 6), "bias": round(float(b), 6)} for name, s, b in pairs},
            "thresholds": {n: round(float(t), 4) for n, t in zip(LABELS, self.thresholds, strict=True)},
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
    """Fits scales, biases and F1 thresholds on `[n, 8]` logits and 0/1 truth."""
    pairs = np.array([platt(logits[:, c], truth[:, c]) for c in range(len(COLUMNS))])
    scale, bias = pairs[:, 0], pairs[:, 1]
    folded, scores = fold_advice(truth), fold_advice(sigmoid(logits * scale + bias))
    thresholds = np.array([best_threshold(folded[:, k], scores[:, k]) for k in range(len(LABELS))])
    return Calibration(scale, bias, thresholds)


def cross_fit(logits: np.ndarray, truth: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Out-of-fold probabilities `[n, 8]` and label decisions `[n, 4]`."""
    fold = np.random.default_rng(seed).permutation(len(logits)) % FOLDS
    probabilities = np.zeros(logits.shape)
    chosen = np.zeros((len(logits), len(LABELS)), dtype=bool)
    for f in range(FOLDS):
        out = fold == f
        fitted = fit(logits[~out], truth[~out])
        probabilities[out] = fitted.probabilities(logits[out])
        chosen[out] = fold_advice(probabilities[out]) > fitted.thresholds
    return probabilities, chosen
