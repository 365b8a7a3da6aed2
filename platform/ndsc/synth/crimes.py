"""Crimes that synthetic people are tied to: real references from data.police.uk files, or made-up ones."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import ClassVar

from ndsc.errors import InvalidInputError
from ndsc.model import codes
from ndsc.model.base import Code, Model, Text
from ndsc.model.dates import PartialDate
from ndsc.model.forces import FORCES
from ndsc.synth.draws import Weighted, one_of

MOST = 50_000
"""Crimes kept of each force: enough for variety, and a bound on memory whatever the file's size."""


class CrimeFileError(InvalidInputError):
    """A file of crimes cannot be read."""

    code: ClassVar[str] = "crime-file"
    title: ClassVar[str] = "The file of crimes cannot be read"


class CrimeRef(Model):
    """A crime that a person may be tied to."""

    reference: Text
    crime_type: Code
    month: PartialDate


_TYPES: Weighted[str] = Weighted(
    [
        ("violent-crime", 30), ("other-theft", 9), ("criminal-damage-arson", 10), ("public-order", 9),
        ("shoplifting", 11), ("drugs", 8), ("vehicle-crime", 6), ("burglary", 6), ("theft-from-the-person", 3),
        ("other-crime", 3), ("robbery", 2), ("possession-of-weapons", 3),
    ]
)  # fmt: skip


def read_crimes(path: Path) -> Iterator[CrimeRef]:
    """The crimes of a data.police.uk street file that have an ID, a month and a known category, one by one.

    Raises ``CrimeFileError`` when the file cannot be opened or is not such a file.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            if missing := {"Crime ID", "Month", "Crime type"} - set(reader.fieldnames or ()):
                raise CrimeFileError(f"{path.name} has no column {', '.join(sorted(missing))}", hint=_HINT)
            for row in reader:
                crime = _crime(row)
                if crime is not None:
                    yield crime
    except (OSError, UnicodeError, csv.Error) as error:
        raise CrimeFileError(f"{path.name} is not a street file: {error}", hint=_HINT) from error


def _crime(row: dict[str, str]) -> CrimeRef | None:
    try:
        return CrimeRef(
            reference=row["Crime ID"],
            crime_type=codes.get("crime-type").code_for(row["Crime type"] or ""),
            month=PartialDate.parse(row["Month"] or ""),
        )
    except (ValueError, codes.UnknownCodeError):
        return None


_HINT = "Give a street file of data.police.uk, such as 2025-01-south-wales-street.csv."


class CrimePool:
    """The crimes of each force, drawn at will; a force without any has made-up ones."""

    def __init__(self, crimes: Mapping[str, Iterable[CrimeRef]] | None = None) -> None:
        self._kept = {force: tuple(islice(some, MOST)) for force, some in (crimes or {}).items()}

    def draw(self, chance: random.Random, force: str, number: int) -> CrimeRef:
        """A crime of that force: a real one if there are any, else made up, with ``number`` in its reference."""
        kept = self._kept.get(force)
        if kept:
            return one_of(chance, kept)
        year = 2025 - min(12, int(chance.expovariate(0.55)))
        month = 1 + int(chance.random() * (6 if year == 2025 else 12))
        body = FORCES[force].pnc_codes[0]
        return CrimeRef(
            reference=f"{body}/9{number:07d}/{year % 100:02d}",
            crime_type=_TYPES.draw(chance),
            month=PartialDate(year, month),
        )
