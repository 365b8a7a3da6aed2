"""UK postcode, canonical form ``CF10 1EP`` (BS 7666-2:2006; the letters each place allows are Royal Mail's).

Only the shape is checked: which postcodes are in use changes every month, and an old record may carry a retired one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ndsc.model.identifiers.errors import InvalidIdentifierError
from ndsc.model.identifiers.typed import squeezed

NAME = "postcode"
_AREA_AND_DISTRICT = (
    r"[A-PR-UWYZ]\d{1,2}"  # M1, B33
    r"|[A-PR-UWYZ]\d[ABCDEFGHJKPSTUW]"  # W1A
    r"|[A-PR-UWYZ][A-HK-Y]\d{1,2}"  # CR2, DN55
    r"|[A-PR-UWYZ][A-HK-Y]\d[ABEHMNPRVWXY]"  # EC1A
)
_SHAPE = re.compile(rf"({_AREA_AND_DISTRICT}|GIR)(\d[ABD-HJLNP-UW-Z]{{2}})", re.ASCII)
_LETTERS = re.compile(r"[A-Z]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Postcode:
    """A postcode in its two halves."""

    outward: str
    inward: str

    @property
    def area(self) -> str:
        """The letters it begins with, such as CF."""
        match = _LETTERS.match(self.outward)
        return match[0] if match else ""

    @property
    def sector(self) -> str:
        """Outward half and first digit of the inward one, such as ``CF10 1``."""
        return f"{self.outward} {self.inward[0]}"


def parse(text: str) -> Postcode:
    """Read a whole postcode, however it is spaced.

    Raises ``InvalidIdentifierError`` for a text that no postcode looks like, and for an outward half alone.
    """
    match = _SHAPE.fullmatch(squeezed(text, NAME))
    if match is None or (match[1] == "GIR" and match[2] != "0AA"):
        raise InvalidIdentifierError(NAME, "it does not have a postcode's shape, such as CF10 1EP")
    return Postcode(match[1], match[2])


def normalise(text: str) -> str:
    """The canonical form: upper case, one space before the inward half."""
    return format(parse(text))


def format(value: Postcode) -> str:  # noqa: A001  # the same three names in every identifier's module
    """Write the two halves with one space."""
    return f"{value.outward} {value.inward}"
