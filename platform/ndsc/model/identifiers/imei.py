"""International Mobile Equipment Identity: 15 digits, the last by Luhn's rule (3GPP TS 23.003 section 6.2, annex B)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ndsc.model.identifiers.errors import InvalidIdentifierError
from ndsc.model.identifiers.typed import squeezed

NAME = "IMEI"
_SHAPE = re.compile(r"\d{15}", re.ASCII)


def luhn_digit(digits: str) -> str:
    """The check digit for a row of digits (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


@dataclass(frozen=True, slots=True)
class Imei:
    """A handset's identity with a right check digit."""

    digits: str

    @property
    def type_allocation_code(self) -> str:
        """The first eight digits: maker and model."""
        return self.digits[:8]


def parse(text: str) -> Imei:
    """Read 15 digits, grouped by spaces, dashes, dots or slashes or not at all.

    Raises ``InvalidIdentifierError`` for another count of digits (16 is an IMEISV, whose last two digits are no part of
    the identity) and for a wrong check digit.
    """
    plain = squeezed(text, NAME, " -./")
    if plain.isdigit() and len(plain) == 16:
        raise InvalidIdentifierError(NAME, "16 digits are an IMEISV, whose last two digits are a software version")
    if not _SHAPE.fullmatch(plain):
        raise InvalidIdentifierError(NAME, "it is not 15 digits")
    if luhn_digit(plain[:14]) != plain[14]:
        raise InvalidIdentifierError(NAME, "its check digit does not fit its number")
    return Imei(plain)


def normalise(text: str) -> str:
    """The canonical form: 15 digits."""
    return format(parse(text))


def format(value: Imei) -> str:  # noqa: A001  # the same three names in every identifier's module
    """Write the 15 digits."""
    return value.digits
