"""Names: given names as common as they were in the year of birth, surnames, and what else each of them is spelt."""

from __future__ import annotations

import random
from functools import cache
from typing import Literal

from ndsc.synth.draws import Weighted, one_of
from ndsc.synth.shipped import table

Sex = Literal["F", "M"]

ORIGINS: Weighted[str] = Weighted(
    [("GB", 780), ("SA", 80), ("EE", 50), ("AF", 25), ("CB", 20), ("AR", 25), ("CN", 20)],
)
"""Where a family's names come from: a rough picture of the United Kingdom, not a statistic of it or of crime."""

_RANKED_YEARS = (1944, 1954, 1964, 1974, 1984, 1994)
# Share of births whose name was not among the hundred commonest, and what it was before names grew so many.
_RARER, _RARER_BEFORE_1980 = 0.2, 0.04


@cache
def _surnames(origin: str) -> Weighted[str]:
    return Weighted((row["surname"], float(row["weight"])) for row in table("surnames") if row["origin"] == origin)


@cache
def _ranked(sex: Sex, year: int) -> Weighted[str]:
    rows = (row for row in table("given_ranked") if row["sex"] == sex and row[str(year)])
    return Weighted((row["name"], 1 / (int(row[str(year)]) + 8)) for row in rows)


@cache
def _counted(sex: Sex) -> Weighted[str]:
    return Weighted((row["name"], float(row["births"])) for row in table("given_counted") if row["sex"] == sex)


@cache
def _rarer(sex: Sex) -> Weighted[str]:
    return Weighted((row["name"], float(row["births"]) ** 0.5) for row in table("given_counted") if row["sex"] == sex)


@cache
def _of_origin(origin: str, sex: Sex) -> tuple[str, ...]:
    return next(
        tuple(row["names"].split()) for row in table("given_by_origin") if (row["origin"], row["sex"]) == (origin, sex)
    )


# Names that only men or only women carry.
_OTHER_SEX: dict[tuple[Sex, str], str] = {
    ("M", "Kaur"): "Singh",
    ("M", "Begum"): "Miah",
    ("M", "Bibi"): "Khan",
    ("F", "Singh"): "Kaur",
    ("F", "Miah"): "Begum",
    ("F", "Uddin"): "Khatun",
}


def surname(chance: random.Random, origin: str, sex: Sex) -> str:
    """A surname of that origin."""
    name = _surnames(origin).draw(chance)
    return _OTHER_SEX.get((sex, name), name)


def given_name(chance: random.Random, sex: Sex, born: int, origin: str) -> str:
    """A given name that somebody born in that year and of that origin may well have."""
    if origin not in {"GB", "CB"} and chance.random() < 0.85:
        return one_of(chance, _of_origin(origin, sex))
    if origin == "CB" and chance.random() < 0.4:
        return one_of(chance, _of_origin(origin, sex))
    if born >= 1996:
        return _counted(sex).draw(chance)
    if chance.random() < (_RARER if born >= 1980 else _RARER_BEFORE_1980):
        return _rarer(sex).draw(chance)
    return _ranked(sex, min(_RANKED_YEARS, key=lambda year: abs(year - born))).draw(chance)


@cache
def _variants(kinds: frozenset[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in table("variants"):
        if row["kind"] in kinds:
            family = row["names"].split()
            # A nickname's full name cannot be told (Sam, Chris), so only the first name leads to the others.
            heads = family[:1] if row["kind"] == "nickname" else family
            for name in heads:
                found.setdefault(name, []).extend(other for other in family if other != name)
    return {name: tuple(dict.fromkeys(others)) for name, others in found.items()}


def nicknames(given: str) -> tuple[str, ...]:
    """What somebody of that name is called."""
    return _variants(frozenset({"nickname"})).get(given, ())


def spellings(given: str) -> tuple[str, ...]:
    """Other spellings and transliterations of a given name."""
    return _variants(frozenset({"spelling", "transliteration"})).get(given, ())


def surname_spellings(name: str) -> tuple[str, ...]:
    """Other spellings and transliterations of a surname."""
    return _variants(frozenset({"surname"})).get(name, ())
