"""Tries `rdd.pipe("hearken --output annotated")`: what it gives, and what bad lines and dying processes do to it."""

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pyspark import SparkConf, SparkContext

HEARKEN = os.environ["HEARKEN_BINARY"]
POSTS = 4_000
PARTITIONS = 8

# What people may have written; none of them did.
TEXTS = (
    "My grandmother died on {}.",
    "The lift at stop {} is out again and nobody answers.",
    "How do I get a refund for order {}?",
    "Lovely sunset over pier {} tonight.",
    "50% off everything with code S{}, link in bio!",
    "Train {} was on time.",
)
BAD = ('{"text": "cut of', "[1, 2]", '{"id": "no-text"}')


def lines_of_posts() -> list[str]:
    posts = [
        json.dumps({"id": f"p{n}", "author": f"a{n}", "text": TEXTS[n % len(TEXTS)].format(n)}) for n in range(POSTS)
    ]
    # One in every partition but one.
    for index, bad in enumerate(BAD * 2 + BAD[:1]):
        posts.insert(index * POSTS // PARTITIONS + 7, bad)
    return posts


def reasons(*letters: Path) -> list[str]:
    """Why lines were rejected, in order of the alphabet."""
    return sorted(json.loads(line)["reason"] for path in letters for line in path.read_text().splitlines())


def main() -> None:
    lines = lines_of_posts()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        letters, alone = folder / "rejected", folder / "alone.jsonl"
        letters.mkdir()
        command = f"{HEARKEN} --output annotated --model fast --workers 1"
        one_run = [*command.split(), "--dead-letter", alone]
        given = "\n".join(lines)
        expected = subprocess.run(one_run, input=given, capture_output=True, text=True, check=True).stdout.splitlines()
        assert len(expected) == POSTS, len(expected)

        # As deploy/README.md has it: each process has a dead letter of its own.
        pipe = f"sh -c 'exec {command} --dead-letter {letters}/$(hostname)-$$.jsonl'"
        # local[2,2]: two threads, and a task that failed is tried once more.
        quiet = SparkConf().set("spark.ui.enabled", "false").set("spark.ui.showConsoleProgress", "false")
        context = SparkContext("local[2,2]", "hearken", conf=quiet)
        context.setLogLevel("OFF")
        posts = context.parallelize(lines, PARTITIONS)
        started = time.monotonic()
        records = posts.pipe(pipe, env=dict(os.environ), checkCode=True).collect()
        took = time.monotonic() - started
        assert sorted(records) == sorted(expected), "records differ from those of one run"
        ids = {json.loads(record)["id"] for record in records}
        assert len(ids) == len(records) == POSTS, "a post has no record, or two"
        told = reasons(*letters.iterdir())
        assert told == reasons(alone) and len(told) == 7, told
        print(f"ok  {POSTS:,} posts, {PARTITIONS} partitions: each has the one record of a run over all ({took:.1f} s)")
        print(f"ok  {len(told)} lines that are no posts are in dead letters, and fail nothing")

        # Whoever starts first is killed amid its partition, after some of its output; the partition is done again.
        once, proof = folder / "once", folder / "killed"
        script = folder / "killed-once.sh"
        script.write_text(
            f"if mkdir {once} 2>/dev/null; then\n"
            f"  head -n 100 | {command}\n  echo killed > {proof}\n  kill -9 $$\nfi\nexec {command}\n"
        )
        records = posts.pipe(f"sh {script}", env=dict(os.environ), checkCode=True).collect()
        assert proof.exists(), "nobody was killed"
        assert sorted(records) == sorted(expected), "after a kill records differ"
        print("ok  a process that was killed amid its partition: the partition is done again, each post has one record")

        # What ends hearken ends the job.
        try:
            posts.pipe(f"{command} --careful nowhere", env=dict(os.environ), checkCode=True).collect()
        except Py4JJavaError as error:
            assert "Pipe function `" in str(error.java_exception) and "code 2" in str(error.java_exception), error
        else:
            raise AssertionError("a command that fails failed no job")
        print("ok  a command that fails (status 2) fails the job")
        context.stop()


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
