"""VADER: sentiment by a lexicon and rules. The more negative a post, the higher it ranks; it knows no labels."""

from __future__ import annotations

from importlib.metadata import version as version_of
from pathlib import Path

import numpy as np
from hearken_train.data import Split
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from ..worker import Judge


def version() -> str:
    """Of the package."""
    return f"vaderSentiment {version_of('vaderSentiment')}"


def prepare(train: Split, folder: Path) -> None:
    """There is nothing to train."""


def load(folder: Path) -> Judge:
    """How negative a post is, 0 to 1."""
    analyzer = SentimentIntensityAnalyzer()

    def negative(texts: list[str]) -> np.ndarray:
        return np.array([[(1 - analyzer.polarity_scores(text)["compound"]) / 2] for text in texts])

    return Judge(negative)
