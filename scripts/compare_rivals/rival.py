"""What a contestant is: the interface that every rival has, and what a run of it gives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from hearken_train.data import Split
from hearken_train.labels import expected_urgency, fold_advice

from .posts import Posts


class RivalError(RuntimeError):
    """A contestant is missing, failed or lost a post. The message says what to do."""


@dataclass(frozen=True)
class Run:
    """One run over some posts.

    `seconds` are from the first post read to the last result written, `cpu_seconds` those of all its threads and
    processes. `results` counts the posts that it has a result for; `files` hold them, in the order of the posts.
    """

    seconds: float
    cpu_seconds: float
    results: int
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Scores:
    """What was said of `n` posts.

    `labels` is `[n, 4]`; `urgency`, the expected one, and `most_urgent`, P(urgency = 3), are `[n]`.
    """

    labels: np.ndarray
    urgency: np.ndarray
    most_urgent: np.ndarray | None

    @staticmethod
    def of_columns(columns: np.ndarray) -> Scores:
        """From probabilities of the eight columns, `[n, 8]`, folded as the engine does."""
        return Scores(fold_advice(columns), expected_urgency(columns), columns[:, 7])


class Rival(Protocol):
    """A contestant: a tool in one setting."""

    name: str
    """As it stands in the table."""
    kind: str
    """One of `arguments.KINDS`."""
    share: int
    """It reads one in `share` of the posts: 1, 10 or 100, by how fast it is."""
    charted: bool
    """Whether it gets a point of its own in the chart."""

    def version(self) -> str:
        """Of all that it is made of. Asked after `prepare`."""

    def prepare(self, train: Split) -> None:
        """Installs and trains what is needed.

        Raises `RivalError` when that can't be done here.
        """

    def process(self, posts: Posts, folder: Path) -> Run:
        """Reads all posts and writes a result for each into `folder`.

        Raises `RivalError` when it fails.
        """

    def scores(self, files: tuple[Path, ...]) -> Scores | None:
        """What the results of a run say; None if they are not of every post, as a queue is not."""


def check_complete(rival: Rival, run: Run, posts: Posts) -> None:
    """Raises `RivalError` unless the run has a result for every post."""
    if run.results != posts.count:
        raise RivalError(f"{rival.name} wrote {run.results:,} results for {posts.count:,} posts")


def count_lines(path: Path) -> int:
    """Lines of a file."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
