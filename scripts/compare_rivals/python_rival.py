"""Rivals that run in Python: in processes of their own, one thread each, which load first and then wait for a sign.

So loading is not counted, and two processes begin at the same moment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import IO

import numpy as np
from hearken_train.data import Split

from .arguments import PROJECT
from .posts import Posts
from .rival import RivalError, Run, Scores, count_lines

# A process is one core's worth; more cores are more processes.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
ONE_THREAD = {**dict.fromkeys(THREADS, "1"), "TOKENIZERS_PARALLELISM": "false"}
SCRIPTS = PROJECT / "scripts"
PACKAGES = os.pathsep.join(map(str, (SCRIPTS, SCRIPTS / "train")))


class InPython:
    """A module of `rivals` with `version`, `prepare` and `load`, in one or more processes that share the posts."""

    charted = True

    def __init__(self, name: str, kind: str, module: ModuleType, folder: Path, share: int, processes: int = 1) -> None:
        self.name, self.kind, self.share = name, kind, share
        self.module, self.folder, self.processes = module, folder, processes

    def version(self) -> str:
        """Of the packages."""
        return self.module.version()

    def prepare(self, train: Split) -> None:
        """As the module does."""
        self.module.prepare(train, self.folder)

    def process(self, posts: Posts, folder: Path) -> Run:
        """JSONL to a line of numbers for each post."""
        files = tuple(folder / f"{part}.txt" for part in range(self.processes))
        errors = folder / "stderr"
        with errors.open("wb") as said:
            workers = [
                self.start((posts.one().jsonl(), posts.jsonl(part, self.processes), file), said)
                for part, file in enumerate(files)
            ]
            try:
                for worker in workers:
                    self.hear(worker, errors)
                begun = time.perf_counter()
                for worker in workers:
                    worker.stdin.write("go\n")
                    worker.stdin.flush()
                cpu = [self.hear(worker, errors) for worker in workers]
                seconds = time.perf_counter() - begun
            finally:
                for worker in workers:
                    worker.communicate()
        return Run(seconds, sum(cpu), sum(map(count_lines, files)), files)

    def start(self, files: tuple[Path, ...], said: IO[bytes]) -> subprocess.Popen:
        """One process; see `worker.py` for what it is told and answers."""
        words = [sys.executable, "-m", "compare_rivals.worker", self.module.__name__, self.folder, *files]
        pipe, environment = subprocess.PIPE, {**os.environ, **ONE_THREAD, "PYTHONPATH": PACKAGES}
        return subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=said, text=True, env=environment)

    def hear(self, worker: subprocess.Popen, errors: Path) -> float:
        """What a process answers.

        Raises `RivalError` when it ended instead.
        """
        answer = worker.stdout.readline()
        if not answer:
            said = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["nothing"]
            raise RivalError(f"{self.name} ended early and said: {said[-1]}")
        return json.loads(answer)

    def scores(self, files: tuple[Path, ...]) -> Scores:
        """The eight columns; or one number, which then has to stand for every label and for the urgency."""
        rows = np.concatenate([np.loadtxt(file, ndmin=2) for file in files])
        if rows.shape[1] == 1:
            return Scores(np.repeat(rows, 4, axis=1), rows[:, 0], None)
        return Scores.of_columns(rows)
