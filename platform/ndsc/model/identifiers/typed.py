"""What people type around an identifier: spaces, case, full-width letters, dashes of every length."""

from __future__ import annotations

import re
import unicodedata

from ndsc.model.identifiers.errors import InvalidIdentifierError

LONGEST = 64
"""No identifier here is longer, however it is spaced; a longer text is refused before any pattern sees it."""

_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_SPACES = re.compile(r"\s+")


def cleaned(text: str, identifier: str) -> str:
    """The text in compatibility form (Unicode NFKC), upper case, single spaces, plain hyphens.

    Raises ``InvalidIdentifierError`` for what is not text, is empty, is over 64 characters or is not ASCII after that.
    """
    if not isinstance(text, str):
        raise InvalidIdentifierError(identifier, "it is not text")
    if len(text) > LONGEST:
        raise InvalidIdentifierError(identifier, f"it is longer than {LONGEST} characters")
    plain = _SPACES.sub(" ", _DASHES.sub("-", unicodedata.normalize("NFKC", text))).strip().upper()
    if not plain:
        raise InvalidIdentifierError(identifier, "it is empty")
    if not plain.isascii():
        raise InvalidIdentifierError(identifier, "it has characters that none of its forms has")
    return plain


def squeezed(text: str, identifier: str, separators: str = " -.") -> str:
    """``cleaned`` with the separators taken out."""
    plain = cleaned(text, identifier)
    for separator in separators:
        plain = plain.replace(separator, "")
    if not plain:
        raise InvalidIdentifierError(identifier, "it is empty")
    return plain
