"""The curve of the cascade: what is heard of annotated posts in a stream, against how fast the stream comes.

Offers a stream with the posts of `annotated/dev` mixed in at a fixed rate to the command's standard input, as a feed
would: a line is written when it is due, whatever became of those before it. A command that can't keep up makes the
writer wait; how late the last line was says so.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from hearken_train.data import load_annotated, read_jsonl
from hearken_train.labels import LABELS, fold_advice
from hearken_train.metrics import precision_recall_f1, recall_in_top
from hearken_train.report import table as markdown

from . import machine
from .arguments import BUILT, DATA, PROJECT

RATES = (1_000, 5_000, 20_000, 50_000, 100_000, 200_000)
MODELS = ("fast", "accurate", "cascade")
# `accurate` alone can't keep up beyond this.
MOST_OF_ACCURATE = 1_000
TICK = 0.005
TOP = 0.05
# Later than this, and the command has fallen behind, seconds.
BEHIND = 1.0
MARK = "annotated-"


@dataclass(frozen=True)
class Point:
    """One run: what was offered, whether it was taken in time, and what was heard of the annotated posts."""

    model: str
    rate: int
    posts: int
    with_care: float
    late: float
    macro_f1: float
    urgent_by_urgency: float
    urgent_by_priority: float

    @property
    def keeps_up(self) -> bool:
        """Whether the last posts were taken about when they were due."""
        return self.late < BEHIND


def mixed(stream: list[bytes], marked: list[bytes], count: int, seed: int) -> list[bytes]:
    """`count` lines: the stream over and over, with the marked lines spread over it at random."""
    rng = random.Random(seed)
    lines = list(islice(cycle(stream), count))
    for place, line in zip(rng.sample(range(count), len(marked)), marked, strict=True):
        lines[place] = line
    return lines


def offer(command: list[str], lines: list[bytes], rate: int, out: Path) -> tuple[dict, float]:
    """Writes the lines when they are due. The command's counts, and how late it was done with the last one, seconds."""
    step = max(1, round(rate * TICK))
    blocks = [b"".join(lines[at : at + step]) for at in range(1, len(lines), step)]
    with out.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file, stderr=subprocess.PIPE)
        pipe = process.stdin.fileno()
        # The first line alone: when it is answered, models are loaded.
        os.write(pipe, lines[0])
        while out.stat().st_size == 0 and process.poll() is None:
            time.sleep(0.01)
        time.sleep(0.3)
        started = time.perf_counter()
        for nth, block in enumerate(blocks):
            wait = started + nth * step / rate - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            rest = memoryview(block)
            while rest:
                rest = rest[os.write(pipe, rest) :]
        due = started + len(blocks) * step / rate
        process.stdin.close()
        said = process.stderr.read().decode()
        if process.wait() != 0:
            raise RuntimeError(f"{' '.join(command)} failed: {said}")
        late = time.perf_counter() - due
    return json.loads(next(line for line in said.splitlines() if line.startswith("{"))), late


def heard(out: Path, truth: np.ndarray) -> tuple[float, float, float]:
    """Macro F1, and the share of urgency 3 in the top 5 % by expected urgency and by priority, of the marked posts.

    Raises `RuntimeError` when one is missing. A post in a language that the models don't read counts as nothing heard.
    """
    chosen = np.zeros((len(truth), len(LABELS)), dtype=bool)
    urgency, priority = np.zeros(len(truth)), np.full(len(truth), -np.inf)
    found = 0
    with out.open("rb") as records:
        for line in records:
            if not line.startswith(b'{"id":"' + MARK.encode()):
                continue
            record = json.loads(line)
            post = int(record["id"].removeprefix(MARK))
            found += 1
            if record["labels"]:
                chosen[post] = [name in record["assigned"] for name in LABELS]
                urgency[post], priority[post] = record["urgency"], record["priority"]
    if found != len(truth):
        raise RuntimeError(f"{found} records of {len(truth)} annotated posts came back")
    labels, urgent = fold_advice(truth), truth[:, 7]
    f1 = [precision_recall_f1(labels[:, k], chosen[:, k])[2] for k in range(len(LABELS))]
    return float(np.mean(f1)), recall_in_top(urgent, urgency, TOP), recall_in_top(urgent, priority, TOP)


@dataclass(frozen=True)
class Feed:
    """What is offered: the posts of a stream, and the annotated ones with what is known of them."""

    stream: list[bytes]
    marked: list[bytes]
    truth: np.ndarray


def run(model: str, rate: int, feed: Feed, seed: int, typed: argparse.Namespace) -> Point:
    """One run of one model at one rate."""
    lines = mixed(feed.stream, feed.marked, max(int(rate * typed.seconds), 8 * len(feed.marked)), seed)
    command = [str(typed.hearken), "--model", model, "--output", "annotated", "--stats", "json"]
    if typed.budget and model == "cascade":
        command += ["--budget", typed.budget]
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as out:
        stats, late = offer(command, lines, rate, Path(out.name))
        share = stats["with_care"] / stats["posts"] if model == "cascade" else float(model == "accurate")
        return Point(model, rate, stats["posts"], share, late, *heard(Path(out.name), feed.truth))


def median_of(points: list[Point]) -> Point:
    """The medians of the runs of one model at one rate."""
    first = points[0]
    middle = {name: statistics.median(getattr(p, name) for p in points) for name in list(asdict(first))[3:]}
    return Point(first.model, first.rate, first.posts, **middle)


def table(points: list[Point]) -> str:
    """Markdown, a row for each rate and model."""
    rows = []
    for p in points:
        up = "yes" if p.keeps_up else f"no, {p.late:.1f} s late"
        care = f"{p.with_care:.1%}" if p.model == "cascade" else "–"
        found = [f"{p.macro_f1:.3f}", f"{p.urgent_by_urgency:.0%}", f"{p.urgent_by_priority:.0%}"]
        rows.append([f"{p.rate:,}", p.model, up, care, *found])
    top = ("urgency 3 in the top 5 %, by urgency", "by priority")
    return markdown(["posts/s offered", "model", "keeps up", "judged with care", "macro F1", *top], rows) + "\n"


def draw(points: list[Point], path: Path) -> None:
    """Two panels, F1 and urgency 3, each with a line for each model."""
    from matplotlib import pyplot as plt

    from .chart import INK, THEME, settings

    colors = {"fast": "#d55e00", "accurate": "#009e73", "cascade": "#0072b2"}
    with plt.rc_context(settings()):
        figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
        titles = {"macro_f1": "macro F1", "urgent_by_priority": "urgency 3 in the top 5 % by priority"}
        for axes, (name, title) in zip(panels, titles.items(), strict=True):
            for model, color in colors.items():
                own = [p for p in points if p.model == model and p.keeps_up]
                values = [getattr(p, name) for p in own]
                axes.plot([p.rate for p in own], values, "o-", color=color, label=model, markersize=5)
                if model == "accurate" and own:
                    axes.axhline(values[-1], color=color, linestyle=":", linewidth=1)
            axes.set_xscale("log")
            rates = sorted({p.rate for p in points})
            axes.set_xticks(rates, [f"{rate:,}" for rate in rates], rotation=30)
            axes.minorticks_off()
            axes.set_xlabel("posts per second offered")
            axes.set_title(title, fontsize=10)
            axes.grid(alpha=0.25, linewidth=0.6)
            axes.spines[["top", "right"]].set_visible(False)
        panels[0].legend(frameon=False)
        figure.savefig(path, format="svg", transparent=True, metadata={"Date": None})
        plt.close(figure)
    svg = path.read_text(encoding="utf-8").replace(INK, "currentColor")
    path.write_text(svg.replace("<defs>", f"<style>{THEME}</style>\n <defs>", 1), encoding="utf-8")


def numbers(text: str) -> list[int]:
    """`1000,5000` as numbers."""
    return [int(number) for number in text.split(",")]


def main() -> None:
    """Runs every model at every rate in turns, prints the table and writes it with every figure and a chart."""
    parser = argparse.ArgumentParser(prog="scripts/compare curve", description=__doc__)
    where = "the data folder [default: ../shared/data beside the project]"
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help=where)
    parser.add_argument("--rates", type=numbers, default=list(RATES), help="posts per second [default: 1000 to 200000]")
    parser.add_argument("--models", type=lambda text: text.split(","), default=list(MODELS))
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run [default: 10]")
    parser.add_argument("--rounds", type=int, default=3, help="each with the posts in other places [default: 3]")
    parser.add_argument("--budget", help="of the cascade [default: its own]")
    parser.add_argument("--split", default="dev", help="which annotated posts [default: dev]")
    parser.add_argument("--output", type=Path, default=PROJECT / "benches" / "comparison")
    parser.add_argument("--hearken", type=Path, default=BUILT)
    typed = parser.parse_args()
    split = load_annotated(typed.data, typed.split)
    stream = [
        json.dumps(post, ensure_ascii=False).encode() + b"\n"
        for post in read_jsonl(typed.data / "streams" / "posts-60k.jsonl.gz")
    ]
    # As old as the rest of the stream, so that age decides nothing.
    marked = [
        json.dumps({"id": f"{MARK}{nth}", "text": text}, ensure_ascii=False).encode() + b"\n"
        for nth, text in enumerate(split.texts)
    ]
    feed = Feed(stream, marked, split.truth)
    runs: dict[tuple[int, str], list[Point]] = {}
    for seed in range(typed.rounds):
        for rate in typed.rates:
            for model in typed.models:
                if model == "accurate" and rate > MOST_OF_ACCURATE:
                    continue
                point = run(model, rate, feed, seed, typed)
                print(asdict(point), file=sys.stderr, flush=True)
                runs.setdefault((rate, model), []).append(point)
    points = [median_of(runs[rate, model]) for rate in typed.rates for model in typed.models if (rate, model) in runs]
    print(table(points))
    typed.output.mkdir(parents=True, exist_ok=True)
    (typed.output / "curve.md").write_text(table(points), encoding="utf-8")
    results = {"machine": machine.describe(), "runs": [asdict(p) for own in runs.values() for p in own]}
    (typed.output / "curve.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    draw(points, typed.output / "curve.svg")


if __name__ == "__main__":
    main()
