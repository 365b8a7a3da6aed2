"""Vehicle identification number: 17 characters without I, O and Q (ISO 3779:2009).

The check digit in place 9 is the rule in North America (49 CFR 565.15) and optional elsewhere, so it is told by
``has_check_digit`` and never demanded: most vehicles on British roads do not carry one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ndsc.model.identifiers.errors import InvalidIdentifierError
from ndsc.model.identifiers.typed import squeezed

NAME = "VIN"
_SHAPE = re.compile(r"[A-HJ-NPR-Z0-9]{17}", re.ASCII)
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)


@dataclass(frozen=True, slots=True)
class Vin:
    """A vehicle identification number."""

    characters: str

    @property
    def manufacturer(self) -> str:
        """The world manufacturer identifier, the first three characters."""
        return self.characters[:3]

    @property
    def has_check_digit(self) -> bool:
        """Whether place 9 is the check digit that 49 CFR 565.15 would put there."""
        total = sum(
            weight * (int(character) if character.isdigit() else _VALUES[character])
            for weight, character in zip(_WEIGHTS, self.characters, strict=True)
        )
        return self.characters[8] == "0123456789X"[total % 11]


def parse(text: str) -> Vin:
    """Read a VIN.

    Raises ``InvalidIdentifierError`` unless it is 17 letters (not I, O, Q) and digits.
    """
    plain = squeezed(text, NAME)
    if len(plain) != 17:
        raise InvalidIdentifierError(NAME, f"it has {len(plain)} characters and needs 17")
    if not _SHAPE.fullmatch(plain):
        raise InvalidIdentifierError(NAME, "it has a character that no VIN has (I, O and Q are left out)")
    return Vin(plain)


def normalise(text: str) -> str:
    """The canonical form: 17 characters, upper case."""
    return format(parse(text))


def format(value: Vin) -> str:  # noqa: A001  # the same three names in every identifier's module
    """Write the 17 characters."""
    return value.characters
