"""How well two records fit together: a probability, and what each comparison added or took away."""

from __future__ import annotations

import math
from typing import NamedTuple


class Compared(NamedTuple):
    """One comparison of a pair. ``level`` is -1 where it could not be made, 0 for different, higher for closer.

    ``weight`` is in bits: 1 doubles the odds that both are one and the same, -1 halves them.
    """

    name: str
    label: str
    level: int
    weight: float
    rarity: float = 0.0
    """The part of the weight, in bits, that comes from how rare the shared value is."""


class Score(NamedTuple):
    """A pair's score. ``match_weight`` (bits) is the prior and all comparisons' weights added up."""

    probability: float
    match_weight: float
    comparisons: tuple[Compared, ...]


def probability_of(match_weight: float) -> float:
    """The probability that odds of 2 to the ``match_weight`` stand for, without overflow for any weight."""
    if match_weight >= 0:
        return 1.0 / (1.0 + math.pow(2.0, -min(match_weight, 1074.0)))
    odds = math.pow(2.0, max(match_weight, -1074.0))
    return odds / (1.0 + odds)


def weight_of(probability: float) -> float:
    """The match weight in bits of a probability strictly between 0 and 1."""
    return math.log2(probability / (1.0 - probability))
