"""Crime reference: no national form exists; each force has its own, so this only makes equal what is typed differently.

A 64-digit hexadecimal text is data.police.uk's own crime ID (its own hash, not a force's reference) and stays as it is
in lower case, as published. Any other reference is letters, digits and ``/``, ``-``, ``.`` or spaces between them, with
at least one digit; its canonical form is upper case with one ``/`` in place of each run of separators.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ndsc.model.identifiers.errors import InvalidIdentifierError
from ndsc.model.identifiers.typed import cleaned

NAME = "crime reference"
_PUBLISHED = re.compile(r"[0-9A-F]{64}", re.ASCII)
_SHAPE = re.compile(r"[A-Z0-9]+(?:[ /.\-]+[A-Z0-9]+)*", re.ASCII)
_SEPARATORS = re.compile(r"[ /.\-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class CrimeReference:
    """A reference in its parts; ``published`` for data.police.uk's own crime ID."""

    parts: tuple[str, ...]
    published: bool = False


def parse(text: str) -> CrimeReference:
    """Read a force's reference or a data.police.uk crime ID.

    Raises ``InvalidIdentifierError`` for a text without a digit, with other characters, or over 40 characters long.
    """
    plain = cleaned(text, NAME)
    if _PUBLISHED.fullmatch(plain):
        return CrimeReference((plain.lower(),), published=True)
    if len(plain) > 40:
        raise InvalidIdentifierError(NAME, "it is longer than 40 characters")
    if not _SHAPE.fullmatch(plain):
        raise InvalidIdentifierError(NAME, "it has characters other than letters, digits, '/', '-', '.' and spaces")
    if not any(character.isdigit() for character in plain):
        raise InvalidIdentifierError(NAME, "it has no digit")
    return CrimeReference(tuple(_SEPARATORS.split(plain)))


def normalise(text: str) -> str:
    """The canonical form."""
    return format(parse(text))


def format(value: CrimeReference) -> str:  # noqa: A001  # the same three names in every identifier's module
    """Write the parts with ``/`` between them."""
    return "/".join(value.parts)
