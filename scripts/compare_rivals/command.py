"""Runs command-line programs and measures them from outside, the time that they take to start left out.

A program that reads one post does everything that it does for many, but the work. So each timed run is preceded by one
on a single post, and that time is taken off.
"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .rival import RivalError


@dataclass(frozen=True)
class Command:
    """A program and its arguments, reading and writing files."""

    words: tuple[str, ...]
    stdin: Path
    stdout: Path

    @property
    def stderr(self) -> Path:
        """Where standard error goes."""
        return self.stdout.with_suffix(".stderr")


@dataclass(frozen=True)
class Time:
    """Seconds on the clock, and of all processors together."""

    wall: float
    cpu: float


def start(command: Command) -> subprocess.Popen:
    """Starts a program."""
    with command.stdin.open("rb") as stdin, command.stdout.open("wb") as out, command.stderr.open("wb") as errors:
        return subprocess.Popen(command.words, stdin=stdin, stdout=out, stderr=errors)


def measure(commands: list[Command]) -> Time:
    """Runs programs side by side, until the last has ended.

    Raises `RivalError` with the end of its standard error when one fails.
    """
    begun, cpu = time.perf_counter(), 0.0
    running = [start(command) for command in commands]
    for process in running:
        # Asks for the processor time of this very process, which `wait` doesn't tell.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu += usage.ru_utime + usage.ru_stime
    taken = Time(time.perf_counter() - begun, cpu)
    for process, command in zip(running, commands, strict=True):
        if process.returncode != 0:
            said = command.stderr.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["nothing"]
            raise RivalError(f"{command.words[0]} ended with status {process.returncode} and said: {said[-1]}")
    return taken


def without_start(whole: Time, start: Time) -> Time:
    """The time that the work took; nothing where starting took as long as everything."""
    return Time(max(0.0, whole.wall - start.wall), max(0.0, whole.cpu - start.cpu))


def timed(work: list[Command], one: list[Command]) -> Time:
    """Measures the work without the start, which the same programs on one post show."""
    begin = measure(one)
    return without_start(measure(work), begin)
