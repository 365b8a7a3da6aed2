"""Vehicle registration mark of Great Britain or Northern Ireland, canonical form ``AB12 CDE``: two halves, one space.

Shapes: DVLA INF104 (number plates) for the current, prefix, suffix and dateless forms; marks of Northern Ireland have
an I or a Z among their letters. Marks of other countries, trade, military and diplomatic plates are not read: a
source that has them keeps them as a description. The NPCC Minimum POLE Data Standards Dictionary v1.1 (DS_065) writes
a mark without the space. A letter O is never taken for a zero: both halves say which they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ndsc.model.identifiers.errors import InvalidIdentifierError
from ndsc.model.identifiers.typed import squeezed

NAME = "VRM"
Form = Literal["current", "prefix", "suffix", "northern-ireland", "dateless"]

# In this order: the first shape that fits names the form.
_SHAPES: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("current", re.compile(r"([A-HJ-PR-Y]{2}\d{2})([A-HJ-PR-Z]{3})", re.ASCII)),
    ("prefix", re.compile(r"([A-HJ-NP-TV-Y][1-9]\d{0,2})([A-HJ-PR-Y][A-HJ-PR-Z]{2})", re.ASCII)),
    ("suffix", re.compile(r"([A-HJ-PR-Z]{3})([1-9]\d{0,2}[A-HJ-NPR-TV-Y])", re.ASCII)),
    ("northern-ireland", re.compile(r"((?=[A-Z]*[IZ])[A-Z]{2,3})([1-9]\d{0,3})", re.ASCII)),
    ("northern-ireland", re.compile(r"([1-9]\d{0,3})((?=[A-Z]*[IZ])[A-Z]{2,3})", re.ASCII)),
    ("dateless", re.compile(r"([A-PR-Z]{3})([1-9]\d{0,2})", re.ASCII)),
    ("dateless", re.compile(r"([A-PR-Z]{1,2})([1-9]\d{0,3})", re.ASCII)),
    ("dateless", re.compile(r"([1-9]\d{0,2})([A-PR-Z]{3})", re.ASCII)),
    ("dateless", re.compile(r"([1-9]\d{0,3})([A-PR-Z]{1,2})", re.ASCII)),
)


@dataclass(frozen=True, slots=True)
class Vrm:
    """A registration mark in its two halves."""

    first: str
    second: str
    form: Form


def parse(text: str) -> Vrm:
    """Read a mark, however it is spaced.

    Raises ``InvalidIdentifierError`` for a text that is none of the forms.
    """
    plain = squeezed(text, NAME)
    for form, shape in _SHAPES:
        if match := shape.fullmatch(plain):
            return Vrm(match[1], match[2], form)
    raise InvalidIdentifierError(NAME, "it is no mark of Great Britain or Northern Ireland")


def normalise(text: str) -> str:
    """The canonical form, with one space between the halves."""
    return format(parse(text))


def format(value: Vrm) -> str:  # noqa: A001  # the same three names in every identifier's module
    """Write the two halves with one space."""
    return f"{value.first} {value.second}"
