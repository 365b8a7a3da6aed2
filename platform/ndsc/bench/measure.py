"""A measurement: one ratio with its goal, and the arithmetic that makes ratios of times taken turn by turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar

from pydantic import Field

from ndsc.model.base import Model

T = TypeVar("T")

Step = Callable[[str, float], None]
"""Told what is being done, and how much of this benchmark is done, from 0 to 1."""


class Better(StrEnum):
    """Which way the goal lies."""

    LOWER = "lower"
    HIGHER = "higher"


class Measurement(Model):
    """One line of ``ndsc bench``: ``ratio`` is compared with ``goal``; absolute numbers are in ``detail`` alone."""

    name: str
    ratio: float
    goal: float
    better: Better
    detail: str = Field(description="what was measured, on which data, with medians, spread and absolute numbers")

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio <= self.goal if self.better is Better.LOWER else self.ratio >= self.goal


class Spread(NamedTuple):
    """A median between the lowest and the highest of several repetitions."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Raises ``statistics.StatisticsError`` for no values."""
        return cls(statistics.median(values), min(values), max(values))

    def text(self, unit: str = "", digits: int = 2) -> str:
        """``1.52 (1.44 to 1.61)``, each with ``unit`` at the end of the whole."""
        tail = f" {unit}" if unit else ""
        return f"{self.median:,.{digits}f} ({self.low:,.{digits}f} to {self.high:,.{digits}f}){tail}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values (0 to 1) do not exceed: nearest rank, so it is one that was measured."""
    if not values:
        raise statistics.StatisticsError("no values")
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, -(-int(share * 10_000) * len(ordered) // 10_000) - 1))]


def seconds(work: Callable[[], T]) -> tuple[float, T]:
    """How long ``work`` took, in seconds, and what it gave."""
    started = time.perf_counter()
    given = work()
    return time.perf_counter() - started, given


def turn_by_turn(ours: Callable[[], float], theirs: Callable[[], float], turns: int) -> tuple[list[float], list[float]]:
    """Both sides ``turns`` times, A B then B A, so that a machine that slows down or warms up favours neither."""
    mine: list[float] = []
    other: list[float] = []
    for turn in range(turns):
        for side, taken in ((ours, mine), (theirs, other)) if turn % 2 == 0 else ((theirs, other), (ours, mine)):
            taken.append(side())
    return mine, other


def rounded(value: float) -> float:
    """Three significant decimals: more would pretend to an accuracy that a busy machine does not have."""
    return round(value, 3)
