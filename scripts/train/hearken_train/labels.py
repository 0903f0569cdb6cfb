"""The label set: six heads, eight logit columns, four reported labels.

Urgency is an ordinal head. It is stored as three cumulative columns, so that
`urgency_k` is P(urgency >= k) and their sum is the expected urgency.
"""

from __future__ import annotations

import numpy as np

HEADS = ("grief", "frustration", "advice_seeking", "advice_giving", "promotion")
URGENCY = ("urgency_1", "urgency_2", "urgency_3")
COLUMNS = HEADS + URGENCY

# What the engine reports and what every headline figure is quoted on.
LABELS = ("grief", "frustration", "advice", "promotion")


def fold_advice(columns: np.ndarray) -> np.ndarray:
    """Fold `[n, 8]` columns into `[n, 4]` labels: advice = max(seeking, giving).

    Works on probabilities (the engine's rule) and on 0/1 truth (logical or).
    """
    advice = np.maximum(columns[:, 2], columns[:, 3])
    return np.stack([columns[:, 0], columns[:, 1], advice, columns[:, 4]], axis=1)


def expected_urgency(columns: np.ndarray) -> np.ndarray:
    """Expected urgency in 0..3 from `[n, 8]` probabilities (or truth)."""
    return columns[:, 5:8].sum(axis=1)
