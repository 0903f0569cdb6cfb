"""What came out, as JSON and as Markdown."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from hearken_train.labels import LABELS
from hearken_train.report import table

from .contestants import BASELINE, SAME_WORK
from .quality import Quality
from .rival import Run
from .rounds import Spread, ratio

METHOD = """\
- Every contestant runs once in each round, and each round begins with another one. Rates are medians over the rounds,
  with the lowest and highest; ratios are medians of the ratios within each round.
- Time runs from the first post read to the last result written. Of the command-line programs (Hearken, fastText) a run
  on a single post is taken off, measured just before; those in Python load their model before the clock starts.
- Each wrote one result for every post, which was counted; of a queue, the posts that were judged for it.
- All read JSONL, but fastText: its text is prepared beforehand (lower case, punctuation apart), and that is not
  counted. Hearken writes JSON records, the others bare numbers.
- "Cores" is processor time over time: Hearken reads and writes on threads beside its workers.
- Python runs our model files in windows of 64 KiB of posts, sorted by length, in the batches that `hearken.json` asks
  for, one thread in each process. model2vec, scikit-learn and VADER get a megabyte of posts at once, on one thread.
- Hearken judges posts of all languages here (`--unsupported-language through`), as the others do."""

TRAINING = """\
- fastText, model2vec and scikit-learn are trained on `annotated/train` alone, on the same eight columns, from which
  advice and urgency are made as for Hearken. Hearken's models learn from it too, and from unlabelled posts beside.
- Quality is measured on `annotated/dev`, from results written in the same way as when speed is measured. Macro AP is
  the mean average precision of grief, frustration, advice and promotion. Urgency 3 is the share of those posts within
  the top 5 %, by expected urgency and, where it is told, by P(urgency = 3).
- VADER has one number, how negative a post is; it stands for every label and for the urgency.
- Hearken's models are calibrated on `annotated/dev`. That changes no order within a column, and next to none of advice
  and expected urgency, which are made of several columns."""


@dataclass
class Result:
    """All about one contestant."""

    name: str
    kind: str
    version: str
    posts: int
    charted: bool
    runs: list[Run] = field(default_factory=list)
    quality: Quality | None = None

    @property
    def rates(self) -> list[float]:
        """Posts per second, round by round."""
        return [self.posts / run.seconds for run in self.runs]

    @property
    def rate(self) -> Spread:
        """Posts per second."""
        return Spread.of(self.rates)

    @property
    def cores(self) -> Spread:
        """Processor time over time."""
        return Spread.of([run.cpu_seconds / run.seconds for run in self.runs])


@dataclass(frozen=True)
class Comparison:
    """All that was measured: `machine` as `machine.describe` tells it, `stream` in words."""

    machine: dict[str, object]
    stream: str
    rounds: int
    results: list[Result]

    def named(self, name: str) -> Result | None:
        """A contestant, if it took part."""
        return next((r for r in self.results if r.name == name), None)

    def against(self, name: str, other: str) -> Spread | None:
        """How many times as fast as the other, if both took part."""
        a, b = self.named(name), self.named(other)
        return ratio(a.rates, b.rates) if a and b else None

    def same_work(self) -> dict[str, Spread]:
        """Hearken against Python on the same model files."""
        pairs = {f"{a} : {b}": self.against(a, b) for a, b in SAME_WORK}
        return {pair: spread for pair, spread in pairs.items() if spread}


def number(value: float) -> str:
    """A rate: three digits count, the rest is noise."""
    return f"{float(f'{value:.3g}'):,.0f}"


def times(spread: Spread | None) -> str:
    """A ratio with its range."""
    if spread is None:
        return "–"
    digits = 0 if spread.median >= 100 else 1 if spread.median >= 10 else 2 if spread.median >= 0.1 else 4
    return f"{spread.median:.{digits}f} ({spread.least:.{digits}f}–{spread.most:.{digits}f})"


def percent(share: float | None) -> str:
    """A share."""
    return "–" if share is None else f"{share:.0%}"


def main_table(comparison: Comparison) -> str:
    """Speed beside quality, a line for each contestant."""
    header = ["contestant", "posts/s", "lowest–highest", f"times {BASELINE}", "cores", "posts read"]
    header += ["macro AP", "urgency 3"]
    rows = []
    for r in comparison.results:
        q = r.quality
        urgent = "–" if q is None else percent(q.urgent_found)
        if q and q.urgent_found_by_most_urgent is not None:
            urgent += f" / {percent(q.urgent_found_by_most_urgent)}"
        rows.append(
            [
                r.name,
                number(r.rate.median),
                f"{number(r.rate.least)}–{number(r.rate.most)}",
                times(comparison.against(r.name, BASELINE)),
                f"{r.cores.median:.1f}",
                f"{r.posts:,}",
                f"{q.macro:.3f}" if q else "–",
                urgent,
            ]
        )
    return table(header, rows)


def label_table(comparison: Comparison) -> str:
    """Average precision per label."""
    rows = [
        [r.name, *(f"{r.quality.average_precision[label]:.3f}" for label in LABELS)]
        for r in comparison.results
        if r.quality
    ]
    return table(["average precision", *LABELS], rows)


def markdown(comparison: Comparison) -> str:
    """The whole report."""
    m = comparison.machine
    has_quality = any(r.quality for r in comparison.results)
    parts = [
        "# Hearken and other tools",
        "Written by `scripts/compare`; every figure of every round is in [comparison.json](comparison.json).",
        f"{m['cpu']}, {m['cores']} cores, {m['system']}, commit {m['commit']}, {m['date']}. {comparison.stream}. "
        f"{comparison.rounds} round{'s' * (comparison.rounds > 1)}; load before the first: {m['load_before']}.",
    ]
    if has_quality:
        parts.append("![Posts per second against macro average precision](comparison.svg)")
    parts.append(main_table(comparison))
    if same_work := comparison.same_work():
        parts.append("The same work, on the same model files and number of workers or processes:")
        parts.append(table(["pair", "times as fast"], [[pair, times(spread)] for pair, spread in same_work.items()]))
    if has_quality:
        parts.append(label_table(comparison))
    else:
        parts.append("Quality was not measured: that needs the annotated posts (`--data`).")
    parts += ["## How it was measured", METHOD + ("\n" + TRAINING if has_quality else ""), "## Versions"]
    parts.append("\n".join(f"- {version}" for version in dict.fromkeys(r.version for r in comparison.results)))
    return "\n\n".join(parts) + "\n"


def as_json(comparison: Comparison) -> dict[str, object]:
    """Everything, every round."""
    return {
        "machine": comparison.machine,
        "stream": comparison.stream,
        "rounds": comparison.rounds,
        "contestants": [contestant_json(comparison, r) for r in comparison.results],
        "same_work": {pair: asdict(spread) for pair, spread in comparison.same_work().items()},
    }


def contestant_json(comparison: Comparison, r: Result) -> dict[str, object]:
    """One contestant."""
    against = comparison.against(r.name, BASELINE)
    return {
        "name": r.name,
        "kind": r.kind,
        "version": r.version,
        "posts": r.posts,
        "posts_per_second": asdict(r.rate),
        "cores": asdict(r.cores),
        f"times_{BASELINE.lower()}": asdict(against) if against else None,
        "runs": [{"seconds": run.seconds, "cpu_seconds": run.cpu_seconds, "results": run.results} for run in r.runs],
        "quality": {**asdict(r.quality), "macro_average_precision": r.quality.macro} if r.quality else None,
    }
