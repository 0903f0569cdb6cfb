"""A process of a rival in Python: `python -m compare_rivals.worker MODULE FOLDER ONE POSTS RESULTS`.

Loads, judges the post in ONE so that everything is in place, says so by a line on standard output, waits for a line on
standard input, carries POSTS to RESULTS and answers with the seconds of processor time that this took.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Judge:
    """What a rival's `load` gives: `probabilities` turns `n` texts into `[n, 8]` (or `[n, 1]`).

    `window` is how many bytes of JSONL it is given at once.
    """

    probabilities: Callable[[list[str]], np.ndarray]
    window: int = 1 << 20


def carry(judge: Judge, posts: Path, results: Path) -> None:
    """Judges every post of a JSONL file and writes a line of numbers for each."""
    with posts.open(encoding="utf-8") as lines, results.open("w", encoding="utf-8") as out:
        while window := lines.readlines(judge.window):
            rows = judge.probabilities([json.loads(line)["text"] for line in window])
            form = " ".join(["%.7g"] * rows.shape[1]) + "\n"
            out.writelines([form % tuple(row) for row in rows.tolist()])


def main(module: str, folder: str, one: str, posts: str, results: str) -> None:
    """See above."""
    judge = importlib.import_module(module).load(Path(folder))
    carry(judge, Path(one), Path(results))
    print(0, flush=True)
    if not sys.stdin.readline():
        return
    begun = time.process_time()
    carry(judge, Path(posts), Path(results))
    print(time.process_time() - begun, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
