"""scikit-learn: hashed words and word pairs, and a logistic regression for each column."""

from __future__ import annotations

from importlib.metadata import version as version_of
from pathlib import Path

import joblib
from hearken_train.data import Split
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from .. import trained
from ..worker import Judge

# Chosen on `annotated/dev_hard`, as fastText's settings are.
SETTINGS = {"C": 40.0, "solver": "liblinear"}


def version() -> str:
    """Of the package."""
    return f"scikit-learn {version_of('scikit-learn')}"


def pipeline() -> Pipeline:
    """As its documentation builds one."""
    words = HashingVectorizer(ngram_range=(1, 2), n_features=2**20, alternate_sign=False)
    return make_pipeline(words, OneVsRestClassifier(LogisticRegression(**SETTINGS)))


def prepare(train: Split, folder: Path) -> None:
    """Trains on all columns at once."""

    def make(folder: Path) -> None:
        joblib.dump(pipeline().fit(train.texts, train.truth.astype(int)), folder / "model.joblib")

    trained.keep(folder, train, [version(), SETTINGS], make)


def load(folder: Path) -> Judge:
    """A judge by what was trained."""
    return Judge(joblib.load(folder / "model.joblib").predict_proba)
