"""Prepares the contestants, runs the rounds, measures quality, writes the report."""

from __future__ import annotations

import fcntl
import json
import shutil
import sys
from pathlib import Path
from typing import IO

from hearken_train.data import Split, load_annotated

from . import chart, machine, posts, report
from .arguments import PROJECT, Arguments, parse
from .contestants import contestants
from .posts import Posts
from .quality import quality
from .rival import Rival, RivalError, Run, check_complete
from .rounds import interleaved

HOME = PROJECT / ".compare"
# Made-up posts that are read over and over, and that rivals are trained on.
MADE_UP, MADE_UP_TRAIN = 10_000, 2_000


def say(text: str) -> None:
    """Progress, on standard error."""
    print(f"compare: {text}", file=sys.stderr, flush=True)


def alone(home: Path) -> IO[str]:
    """Holds the work folder until what it gives is closed: two comparisons would spoil each other's files and figures.

    Raises `RivalError` when another one holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    held = (home / "lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise RivalError("another comparison is running in this project: wait for it") from None
    return held


def process(rival: Rival, input_: Posts) -> Run:
    """One run, whose results are all there."""
    folder = HOME / "results"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run = rival.process(input_, folder)
    check_complete(rival, run, input_)
    return run


def prepare(rivals: list[Rival], train: Split) -> list[report.Result]:
    """Installs and trains what is not there yet."""
    results = []
    for rival in rivals:
        say(f"preparing {rival.name}")
        rival.prepare(train)
        results.append(report.Result(rival.name, rival.kind, rival.version(), 0, rival.charted))
    return results


def measure_quality(rivals: list[Rival], results: list[report.Result], dev: Split) -> None:
    """Has every contestant judge `annotated/dev`, in the way in which its speed is measured."""
    records = [{"id": str(n), "text": text} for n, text in enumerate(dev.texts)]
    input_ = posts.write(HOME / "input" / "dev", records)
    for rival, result in zip(rivals, results, strict=True):
        scores = rival.scores(process(rival, input_).files)
        if scores is not None:
            result.quality = quality(scores, dev)
            say(f"quality of {rival.name}: macro AP {result.quality.macro:.3f}")


def measure_speed(rivals: list[Rival], results: list[report.Result], inputs: dict[int, Posts], rounds: int) -> None:
    """All rounds."""
    of = {rival.name: result for rival, result in zip(rivals, results, strict=True)}
    for rival in rivals:
        of[rival.name].posts = inputs[rival.share].count
    for round_, rival, run in interleaved(rivals, rounds, lambda rival: process(rival, inputs[rival.share])):
        result = of[rival.name]
        if run.seconds <= 0:
            # Of so few posts that starting took as long as everything, nothing can be said.
            raise RivalError(f"{rival.name} took no time for {result.posts:,} posts: raise --posts")
        result.runs.append(run)
        say(f"round {round_ + 1} of {rounds}, {rival.name}: {result.posts / run.seconds:,.0f} posts/s")


def read_posts(arguments: Arguments) -> tuple[list[dict], str]:
    """The stream, and what it is in words."""
    if arguments.stream is None:
        return posts.made_up_stream(MADE_UP), "Made-up posts"
    records = posts.read_stream(arguments.stream)
    length = sum(len(record["text"]) for record in records) / len(records)
    return records, f"A stream of {len(records):,} posts of {length:.0f} characters on average, over and over"


def compare(arguments: Arguments) -> report.Comparison:
    """The whole comparison."""
    if arguments.data is None:
        say("no data folder: measuring speed only; quality needs annotated posts (--data)")
    where = machine.describe()
    if float(str(where["load_before"])) > machine.BUSY:
        say(f"the machine is busy (load {where['load_before']}): figures will be off")
    stream, words = read_posts(arguments)
    say(f"writing {arguments.posts:,} posts to {HOME.name}/input")
    inputs = posts.shares(stream, arguments.posts, HOME / "input")
    train = load_annotated(arguments.data, "train") if arguments.data else posts.made_up_split(MADE_UP_TRAIN)
    trained = HOME / "trained" / ("annotated" if arguments.data else "made-up")
    rivals = [r for r in contestants(arguments.hearken, trained) if r.kind in arguments.kinds]
    results = prepare(rivals, train)
    if arguments.data:
        measure_quality(rivals, results, load_annotated(arguments.data, "dev"))
    measure_speed(rivals, results, inputs, arguments.rounds)
    return report.Comparison(where, words, arguments.rounds, results)


def write(comparison: report.Comparison, folder: Path) -> None:
    """All files of the report, and the table to standard output."""
    folder.mkdir(parents=True, exist_ok=True)
    text = report.markdown(comparison)
    (folder / "comparison.md").write_text(text, encoding="utf-8")
    figures = json.dumps(report.as_json(comparison), indent=1, ensure_ascii=False)
    (folder / "comparison.json").write_text(figures + "\n", encoding="utf-8")
    if any(result.quality for result in comparison.results):
        chart.write(comparison, folder / "comparison.svg")
    print(report.main_table(comparison))
    for pair, spread in comparison.same_work().items():
        print(f"{pair} = {report.times(spread)}")
    say(f"written to {folder}")


def main() -> int:
    """Exit 0 when done, 2 when a contestant can't take part."""
    arguments = parse(sys.argv[1:])
    try:
        with alone(HOME):
            try:
                write(compare(arguments), arguments.output)
            finally:
                # Posts are people's words: no copy of them stays.
                for folder in ("input", "results"):
                    shutil.rmtree(HOME / folder, ignore_errors=True)
    except (RivalError, ValueError, OSError) as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        say("stopped; nothing was written")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
