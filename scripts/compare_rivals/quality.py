"""How well a contestant hears, on `annotated/dev`: what stands beside its speed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hearken_train.data import Split
from hearken_train.labels import LABELS, fold_advice
from hearken_train.metrics import average_precision, recall_in_top

from .rival import Scores

TOP = 0.05


@dataclass(frozen=True)
class Quality:
    """Average precision of each label, and the share of the urgency-3 posts in the top 5 %.

    The top is that of the expected urgency, and of P(urgency = 3); None where that is not told.
    """

    average_precision: dict[str, float]
    urgent_found: float
    urgent_found_by_most_urgent: float | None

    @property
    def macro(self) -> float:
        """Mean average precision over the four labels."""
        return float(np.mean(list(self.average_precision.values())))


def quality(scores: Scores, dev: Split) -> Quality:
    """Holds scores against the annotations."""
    truth, urgent = fold_advice(dev.truth), dev.truth[:, 7]
    by_label = {n: average_precision(truth[:, k], scores.labels[:, k]) for k, n in enumerate(LABELS)}
    most = scores.most_urgent
    return Quality(
        by_label,
        recall_in_top(urgent, scores.urgency, TOP),
        None if most is None else recall_in_top(urgent, most, TOP),
    )
