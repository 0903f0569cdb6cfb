"""What was typed. Needs the standard library only, so that a mistake is told before anything is installed."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
# What `scripts/compare` has built.
BUILT = Path(os.environ.get("HEARKEN_BINARY", PROJECT / "target" / "release" / "hearken"))
DATA = PROJECT.parent / "shared" / "data"
KINDS = ("hearken", "fasttext", "python", "model2vec", "scikit-learn", "vader")

DESCRIPTION = """\
Runs Hearken and other tools on the same posts, in turns, and writes what came out: a table (comparison.md), every
figure (comparison.json) and a chart of speed against quality (comparison.svg). The table is printed too.

  hearken       this engine: both models, 1 and 2 workers, annotated records and the ranked queue
  fasttext      the command-line program of the Debian package, 1 and 2 processes
  python        tokenizers and onnxruntime on the same two model files, 1 and 2 processes
  model2vec     a static model distilled from all-MiniLM-L6-v2, with its own classifier
  scikit-learn  HashingVectorizer and logistic regression
  vader         sentiment by rules; it knows no labels
"""

EPILOG = """\
Each contestant runs once in every round, and every round begins with another one. Each must write one result for
every post, or the comparison stops. Only the time from the first post read to the last result written counts.
`fasttext` and the fast tier of `hearken` read all posts; `python`, model2vec, scikit-learn and VADER a tenth of them,
the accurate tier a hundredth (of a small number, 1,000 at least): the first posts of the same stream.

What is installed and trained is kept in .compare/; delete it to begin anew. The first run downloads some gigabytes,
most of it PyTorch, which model2vec needs to train (not to run), and trains for half an hour or so.

Examples:
  scripts/compare                                   the whole comparison: leave the machine alone meanwhile
  scripts/compare --posts 20000 --rounds 1          a first look
  scripts/compare --without model2vec               without its download and training
  scripts/compare --only hearken,fasttext           these two
  scripts/compare --stream day.jsonl.gz             on posts of your own

  scripts/compare curve --help                      what the cascade hears, against how fast posts come

Exit status: 0 done; 2 usage, or a contestant could not be installed, failed or lost a post.
"""


@dataclass(frozen=True)
class Arguments:
    """A checked command line; paths exist."""

    data: Path | None
    stream: Path | None
    posts: int
    rounds: int
    kinds: tuple[str, ...]
    output: Path
    hearken: Path


def kinds(text: str) -> tuple[str, ...]:
    """`a,b` as kinds of contestants."""
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in KINDS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(KINDS)}")
    return names


def at_least_one(text: str) -> int:
    """A whole number from 1 on; `600_000` and `600,000` are read too."""
    try:
        number = int(text.replace(",", ""))
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return number


def existing(text: str) -> Path:
    """A path that is there."""
    path = Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{text} does not exist")
    return path.resolve()


def parse(words: list[str]) -> Arguments:
    """Reads the command line; ends the program with status 2 when something is wrong with it."""
    parser = argparse.ArgumentParser(
        prog="scripts/compare",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--data",
        type=existing,
        metavar="DIR",
        help="folder with annotated/train.jsonl.gz, annotated/dev.jsonl.gz and streams/posts-60k.jsonl.gz [default: "
        "../shared/data beside the project]. Without it, made-up posts are read and only speed is measured",
    )
    parser.add_argument(
        "--stream", type=existing, metavar="FILE", help="posts to read, JSONL, plain or gzipped [default: of the data]"
    )
    parser.add_argument(
        "--posts",
        type=at_least_one,
        default=600_000,
        metavar="N",
        help="how many posts, the stream over and over [default: 600,000]",
    )
    parser.add_argument("--rounds", type=at_least_one, default=5, metavar="R", help="how many rounds [default: 5]")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--only", type=kinds, metavar="NAMES", help="these contestants only, e.g. hearken,fasttext")
    chosen.add_argument("--without", type=kinds, metavar="NAMES", help="all but these contestants")
    parser.add_argument(
        "--output",
        type=Path,
        default=PROJECT / "benches" / "comparison",
        metavar="DIR",
        help="where the results go [default: benches/comparison]",
    )
    parser.add_argument(
        "--hearken", type=existing, metavar="FILE", help="the binary to measure [default: what scripts/hearken builds]"
    )
    typed = parser.parse_args(words)
    data = typed.data or (DATA if DATA.exists() else None)
    for needed in ("annotated/train.jsonl.gz", "annotated/dev.jsonl.gz"):
        if data and not (data / needed).exists():
            parser.error(f"{data} holds no {needed}")
    stream = typed.stream or (data and data / "streams" / "posts-60k.jsonl.gz")
    if stream and not stream.is_file():
        parser.error(f"{stream} is no file")
    left = typed.only or tuple(kind for kind in KINDS if kind not in (typed.without or ()))
    if not left:
        parser.error("no contestant is left")
    return Arguments(data, stream, typed.posts, typed.rounds, left, typed.output.resolve(), typed.hearken or BUILT)


if __name__ == "__main__":
    parse(sys.argv[1:])
