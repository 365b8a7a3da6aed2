"""Weighted draws: the one way that synth chooses, so that the same seed makes the same people on every machine."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """Things with weights, ready to be drawn in logarithmic time."""

    def __init__(self, pairs: Iterable[tuple[T, float]]) -> None:
        kept = [(thing, weight) for thing, weight in pairs if weight > 0]
        if not kept:
            raise ValueError("nothing to draw from")
        self.things: tuple[T, ...] = tuple(thing for thing, _ in kept)
        self._upto = list(accumulate(weight for _, weight in kept))

    def draw(self, chance: random.Random) -> T:
        """One of the things, each as likely as its weight says."""
        return self.things[bisect(self._upto, chance.random() * self._upto[-1], hi=len(self.things) - 1)]


def one_of(chance: random.Random, things: Sequence[T]) -> T:
    """One of the things, all alike likely."""
    return things[int(chance.random() * len(things))]


def person_chance(seed: int, index: int) -> random.Random:
    """One person's source of chance: it depends on the seed and the person's number, and on nothing drawn before."""
    return random.Random(f"ndsc-synth:{seed}:{index}")  # noqa: S311  # made-up people need repeatable chance, not secrets


def scattered(index: int, size: int) -> int | None:
    """A place in ``range(size)`` that is this index's alone, or ``None`` when the index is past the end.

    Multiplying by a number that shares no factor with the size permutes the range, so neighbours land far apart.
    """
    if index >= size:
        return None
    step = int(size * 0.6180339887) | 1
    while _common_factor(step, size) != 1:
        step += 2
    return (index * step) % size


def _common_factor(one: int, other: int) -> int:
    while other:
        one, other = other, one % other
    return one
