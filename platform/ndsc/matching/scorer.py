"""Scores pairs of people from a model in Splink's format, equal to Splink and fast enough for a search.

A comparison's levels are tried best first, as Splink's ``CASE`` does. A scorer is immutable once made, so threads may
share one.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ndsc.errors import InvalidInputError
from ndsc.matching.features import Features
from ndsc.matching.score import Compared, Score, probability_of, weight_of

if TYPE_CHECKING:
    from ndsc.matching.conditions import Row, Term

PERSON_MODEL = Path(__file__).parent / "models" / "person.json"
_COLUMNS = {column: place for place, column in enumerate(Features._fields)}
_LEAST = 1e-300
"""Splink's floor of a probability, below which its logarithm is not taken."""


class InvalidModelError(InvalidInputError):
    """The model file is not one that can be scored with."""

    code = "invalid-model"
    title = "The matching model cannot be used"


class _Rarity(NamedTuple):
    """A term frequency adjustment: ``weight * (log2(expected) - log2(frequency))``, frequency at least ``floor``."""

    place: int
    weight: float
    expected: float
    floor: float

    def bits(self, left: Row, right: Row) -> float:
        mine, theirs = left[self.place], right[self.place]
        if mine is None and theirs is None:
            return 0.0
        frequency = max(mine or theirs, theirs or mine, self.floor)
        return self.weight * (self.expected - math.log2(frequency))


class _Level(NamedTuple):
    condition: Term | None
    outcome: Compared
    rarity: _Rarity | None


class Scorer:
    """A model, ready to score. Make one per model file and share it."""

    def __init__(self, document: dict[str, Any]) -> None:
        try:
            self._prior = weight_of(document["probability_two_random_records_match"])
            self._comparisons = tuple(_comparison(comparison) for comparison in document["comparisons"])
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise InvalidModelError(f"not a trained Splink model: {type(error).__name__} {error}") from error
        self.document = document

    @classmethod
    def read(cls, path: Path) -> Scorer:
        """Read a Splink model file. Raises :class:`InvalidModelError`."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InvalidModelError(f"cannot read the model {path.name}: {error}") from error
        if not isinstance(document, dict):
            raise InvalidModelError(f"the model {path.name} is not a JSON object")
        return cls(document)

    @property
    def prior(self) -> float:
        """The match weight, in bits, of two records of which nothing is known."""
        return self._prior

    def score(self, left: Features, right: Features) -> Score:
        """Score one pair."""
        weight = self._prior
        compared: list[Compared] = []
        for levels in self._comparisons:
            outcome = _outcome(levels, left, right)
            weight += outcome.weight
            compared.append(outcome)
        return Score(probability_of(weight), weight, tuple(compared))


@cache
def person_scorer() -> Scorer:
    """The shipped model of people."""
    return Scorer.read(PERSON_MODEL)


def _outcome(levels: tuple[_Level, ...], left: Row, right: Row) -> Compared:
    for condition, outcome, rarity in levels:
        if condition is None or condition(left, right):
            if rarity is None:
                return outcome
            bits = rarity.bits(left, right)
            return outcome._replace(weight=outcome.weight + bits, rarity=bits)
    raise AssertionError("the last level of a comparison has no condition")


def _comparison(comparison: dict[str, Any]) -> tuple[_Level, ...]:
    from ndsc.matching.conditions import compile_condition  # noqa: PLC0415  # its SQL parser is slow to load

    name = comparison["output_column_name"]
    written = comparison["comparison_levels"]
    if not _is_otherwise(written[-1]):
        raise InvalidModelError(f"the last level of {name} is not ELSE")
    value = sum(not level.get("is_null_level", False) for level in written)
    levels = []
    for level in written:
        missing = level.get("is_null_level", False)
        value -= not missing
        condition = None if _is_otherwise(level) else compile_condition(level["sql_condition"], _COLUMNS)
        outcome = Compared(name, level["label_for_charts"], -1 if missing else value, 0.0 if missing else _bits(level))
        levels.append(_Level(condition, outcome, None if missing else _rarity(level, written)))
    return tuple(levels)


def _is_otherwise(level: dict[str, Any]) -> bool:
    return bool(level["sql_condition"].strip().upper() == "ELSE")


def _bits(level: dict[str, Any]) -> float:
    return math.log2(max(level["m_probability"], _LEAST) / max(level["u_probability"], _LEAST))


def _rarity(level: dict[str, Any], siblings: list[dict[str, Any]]) -> _Rarity | None:
    column, weight = level.get("tf_adjustment_column"), level.get("tf_adjustment_weight", 1.0)
    if not column or not weight or _is_otherwise(level):
        return None
    expected = level if level.get("disable_tf_exact_match_detection") else _exact(column, siblings)
    place = _COLUMNS[f"tf_{column}"]
    return _Rarity(place, weight, math.log2(expected["u_probability"]), level.get("tf_minimum_u_value", 0.0))


def _exact(column: str, siblings: list[dict[str, Any]]) -> dict[str, Any]:
    """The level on which the column is the same: its share among strangers is what the frequencies average to."""
    wanted = f"{column}_l={column}_r"
    for level in siblings:
        if level["sql_condition"].replace(" ", "").replace('"', "").casefold() == wanted:
            return level
    raise InvalidModelError(f"no level says that {column} is the same, which its frequency adjustment needs")
