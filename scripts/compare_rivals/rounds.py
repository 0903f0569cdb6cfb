"""Rounds: everyone runs once in each, in an order that turns, so that what else the machine does falls on all alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Spread:
    """The middle and the ends of what the rounds gave."""

    median: float
    least: float
    most: float

    @staticmethod
    def of(values: list[float]) -> Spread:
        """Of at least one value."""
        return Spread(median(values), min(values), max(values))


def rotated(items: list[T], round_: int, rounds: int) -> list[T]:
    """The order of a round (from 0): the beginnings lie evenly over the list."""
    first = round_ * len(items) // rounds % len(items)
    return items[first:] + items[:first]


def interleaved(items: list[T], rounds: int, run: Callable[[T], R]) -> Iterator[tuple[int, T, R]]:
    """Runs every item once in every round; yields the round (from 0), the item and what `run` gave."""
    for round_ in range(rounds):
        for item in rotated(items, round_, rounds):
            yield round_, item, run(item)


def ratio(rates: list[float], others: list[float]) -> Spread:
    """How many times as fast, round by round: neighbours in time are compared, not medians of different moments."""
    return Spread.of([rate / other for rate, other in zip(rates, others, strict=True)])
