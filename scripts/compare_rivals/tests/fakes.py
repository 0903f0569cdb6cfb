"""A rival that does what a test tells it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from compare_rivals.posts import Posts
from compare_rivals.rival import Run, Scores
from hearken_train.data import Split


class Fake:
    """Writes a line for each post, but for the last `lost` of them."""

    kind, share, charted = "vader", 1, True

    def __init__(self, name: str, lost: int = 0) -> None:
        self.name, self.lost = name, lost

    def version(self) -> str:
        return "fake 1"

    def prepare(self, train: Split) -> None:
        pass

    def process(self, posts: Posts, folder: Path) -> Run:
        return Run(1.0, 1.0, posts.count - self.lost, ())

    def scores(self, files: tuple[Path, ...]) -> Scores | None:
        return Scores.of_columns(np.zeros((1, 8)))
