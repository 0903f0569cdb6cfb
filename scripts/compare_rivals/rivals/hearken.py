"""Hearken itself: the release binary, from JSONL to annotated records or to the ranked queue."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
from hearken_train.data import Split
from hearken_train.labels import LABELS

from ..command import Command, timed
from ..posts import Posts
from ..rival import RivalError, Run, Scores, count_lines


class Hearken:
    """One model, number of workers and kind of output.

    Posts in languages that the model doesn't read are judged too, as all other contestants do; recognising them still
    costs what it costs.
    """

    kind = "hearken"

    def __init__(self, binary: Path, model: str, workers: int, output: str) -> None:
        self.binary, self.model, self.workers, self.output = binary, model, workers, output
        what = "" if output == "annotated" else ", queue"
        self.name = f"Hearken {model}{what}, {workers} worker{'s' if workers > 1 else ''}"
        self.share = 1 if model == "fast" else 100
        self.charted = output == "annotated"

    def prepare(self, train: Split) -> None:
        """Hearken comes trained."""

    def version(self) -> str:
        """Of the program, and of the model with what judges beside it."""
        version = self.run("--version").strip()
        doctor = self.run("doctor", "--model", self.model)
        return f"{version}, {doctor.rsplit('judged by ', 1)[-1].split()[0]}"

    def run(self, *words: str) -> str:
        """Standard output of the program."""
        done = subprocess.run([str(self.binary), *words], capture_output=True, text=True)
        if done.returncode != 0:
            raise RivalError(f"{self.binary} {' '.join(words)}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def process(self, posts: Posts, folder: Path) -> Run:
        """Standard input to a file."""
        one = Command(self.words(), posts.one().jsonl(), folder / "one.jsonl")
        work = Command(self.words(), posts.jsonl(), folder / "results.jsonl")
        time = timed([work], [one])
        if self.output == "annotated":
            results = count_lines(work.stdout)
        else:
            # A queue is the best few: how many posts were judged for it stands in the counts.
            results = json.loads(work.stderr.read_text(encoding="utf-8").splitlines()[-1])["posts"]
        return Run(time.wall, time.cpu, results, (work.stdout,))

    def words(self) -> tuple[str, ...]:
        """The command line."""
        words = (str(self.binary), "--model", self.model, "--workers", str(self.workers), "--output", self.output)
        return (*words, "--unsupported-language", "through", "--progress", "never", "--stats", "json")

    def scores(self, files: tuple[Path, ...]) -> Scores | None:
        """Labels and expected urgency, as the records have them."""
        if self.output != "annotated":
            return None
        records = [json.loads(line) for line in files[0].read_text(encoding="utf-8").splitlines()]
        labels = np.array([[record["labels"][label] for label in LABELS] for record in records])
        return Scores(labels, np.array([record["urgency"] for record in records]), None)
