"""fastText: the command-line program, on texts that are prepared beforehand, which is not counted against it.

Trained and asked as in `scripts/train`: one-vs-all loss, 100 dimensions, word bigrams, all columns printed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
from hearken_train.compare_fasttext import SETTINGS, parse_scores, training_line
from hearken_train.data import Split
from hearken_train.labels import COLUMNS

from .. import trained
from ..command import Command, timed
from ..posts import Posts
from ..rival import RivalError, Run, Scores, count_lines

PACKAGE = "fasttext"


class FastText:
    """One or two processes that share the posts; each runs on one thread."""

    kind = "fasttext"
    share = 1
    charted = True

    def __init__(self, folder: Path, processes: int, words_alone: bool = False) -> None:
        self.folder, self.processes = folder, processes
        self.name = "fastText, words alone" if words_alone else "fastText"
        self.name += f", {processes} processes" if processes > 1 else ""
        # The last value of an option counts.
        self.settings = [*SETTINGS, *(["-minn", "0", "-maxn", "0"] if words_alone else [])]

    def version(self) -> str:
        """Of the Debian package; the program doesn't tell its own."""
        asked = ["dpkg-query", "--show", "--showformat", "${Version}", PACKAGE]
        known = shutil.which("dpkg-query") and subprocess.run(asked, capture_output=True, text=True).stdout.strip()
        return f"fasttext {known or 'of an unknown version'}"

    def prepare(self, train: Split) -> None:
        """Installs the program where that is possible, and trains."""
        if program() is None:
            install()

        def make(folder: Path) -> None:
            lines = folder / "train.txt"
            pairs = zip(train.texts, train.truth, strict=True)
            lines.write_text("".join(training_line(t, y) + "\n" for t, y in pairs), encoding="utf-8")
            command = [
                program(),
                "supervised",
                "-input",
                lines,
                "-output",
                folder / "model",
                "-thread",
                "2",
                *self.settings,
            ]
            done = subprocess.run(command, capture_output=True, text=True)
            lines.unlink()
            if done.returncode != 0:
                raise RivalError(f"fastText could not be trained: {done.stderr.strip()}")

        trained.keep(self.folder, train, [self.version(), self.settings], make)

    def process(self, posts: Posts, folder: Path) -> Run:
        """Prepared text on standard input, probabilities to a file."""
        words = (str(program()), "predict-prob", str(self.folder / "model.bin"), "-", str(len(COLUMNS) + 1))
        parts = range(self.processes)
        one = [Command(words, posts.one().prepared(p, self.processes), folder / f"one-{p}.txt") for p in parts]
        work = [Command(words, posts.prepared(p, self.processes), folder / f"{p}.txt") for p in parts]
        time = timed(work, one)
        files = tuple(command.stdout for command in work)
        return Run(time.wall, time.cpu, sum(map(count_lines, files)), files)

    def scores(self, files: tuple[Path, ...]) -> Scores:
        """The eight columns."""
        lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        return Scores.of_columns(np.stack([parse_scores(line) for line in lines]))


def program() -> str | None:
    """The program, if it is there."""
    return shutil.which("fasttext")


def install() -> None:
    """Installs the Debian package.

    Raises `RivalError` with what to do when that can't be done here.
    """
    advice = f"as root: apt-get install {PACKAGE}; or compare --without fasttext"
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise RivalError(f"fastText is not installed. Install it, {advice}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", PACKAGE]):
        done = subprocess.run(["apt-get", "--quiet=2", *words], capture_output=True, text=True, env=quiet)
        if done.returncode != 0:
            raise RivalError(f"apt-get {words[0]} failed: {done.stderr.strip()}. Install fastText, {advice}")
