"""Driver number on a British licence: 16 characters, such as ``MORGA 657054 SM9IJ`` written without spaces.

The shape is DVLA's, as the NPCC Minimum POLE Data Standards Dictionary v1.1 (2023), DS_061, has it: five characters of
the surname padded with 9, decade digit, month (plus 50 for a woman), day, year digit, two initials padded with 9, a
character that sets like drivers apart, two check letters whose rule is not public. So only the shape and the date are
checked. Driver numbers of Northern Ireland are eight digits and are not read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from ndsc.model.identifiers.errors import InvalidIdentifierError
from ndsc.model.identifiers.typed import squeezed

NAME = "driver number"
_SHAPE = re.compile(
    r"(?P<surname>[A-Z]{5}|[A-Z]{4}9|[A-Z]{3}99|[A-Z]{2}999|[A-Z]9999)"
    r"(?P<decade>\d)(?P<month>\d{2})(?P<day>\d{2})(?P<year>\d)"
    r"(?P<initials>[A-Z]{2}|[A-Z]9|99)(?P<tie>[A-Z0-9])(?P<check>[A-Z]{2})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class DriverNumber:
    """A driver number in the parts that mean something."""

    characters: str
    surname: str
    initials: str
    year_of_century: int
    month: int
    day: int
    female: bool


def parse(text: str) -> DriverNumber:
    """Read 16 characters, spaced or not.

    Raises ``InvalidIdentifierError`` for another shape or a date of birth that no calendar has.
    """
    plain = squeezed(text, NAME)
    if len(plain) != 16:
        raise InvalidIdentifierError(NAME, f"it has {len(plain)} characters and needs 16")
    match = _SHAPE.fullmatch(plain)
    if match is None:
        raise InvalidIdentifierError(NAME, "it does not have DVLA's shape")
    month, day = int(match["month"]), int(match["day"])
    female = month > 50
    month -= 50 if female else 0
    year = int(match["decade"] + match["year"])
    if not _is_date(year, month, day):
        raise InvalidIdentifierError(NAME, "the date of birth in it is no date")
    return DriverNumber(plain, match["surname"].rstrip("9"), match["initials"].rstrip("9"), year, month, day, female)


def normalise(text: str) -> str:
    """The canonical form: 16 characters, upper case."""
    return format(parse(text))


def format(value: DriverNumber) -> str:  # noqa: A001  # the same three names in every identifier's module
    """Write the 16 characters."""
    return value.characters


def _is_date(year_of_century: int, month: int, day: int) -> bool:
    # 1900 was no leap year and 2000 was: in doubt the date is allowed.
    try:
        date(2000 + year_of_century, month, day)
    except ValueError:
        return False
    return True
