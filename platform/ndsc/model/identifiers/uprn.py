"""Unique Property Reference Number: 1 to 12 digits, no leading zeros (BS 7666-2:2006, GeoPlace).

The NPCC Minimum POLE Data Standards Dictionary v1.1 (DS_011) writes twelve, with leading zeros; both are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ndsc.model.identifiers.errors import InvalidIdentifierError
from ndsc.model.identifiers.typed import squeezed

NAME = "UPRN"
_SHAPE = re.compile(r"\d{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Uprn:
    """A property reference, which says nothing but itself."""

    number: int


def parse(text: str) -> Uprn:
    """Read up to 12 digits, zero-padded or not.

    Raises ``InvalidIdentifierError`` for anything else, and for zero.
    """
    plain = squeezed(text, NAME, " ")
    if not _SHAPE.fullmatch(plain):
        raise InvalidIdentifierError(NAME, "it is not 1 to 12 digits")
    if not (number := int(plain)):
        raise InvalidIdentifierError(NAME, "no property has the number 0")
    return Uprn(number)


def normalise(text: str) -> str:
    """The canonical form: digits, no leading zeros."""
    return format(parse(text))


def format(value: Uprn) -> str:  # noqa: A001  # the same three names in every identifier's module
    """Write the digits."""
    return str(value.number)
