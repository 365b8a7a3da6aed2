"""Elements and tokens as text: base64url without padding (RFC 4648 section 5), one text for each value."""

from __future__ import annotations

import base64
import binascii
import re

from ndsc.errors import InvalidInputError

SIZE = 32
"""Bytes of a group element, and of a token."""

PATTERN = r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"
"""Texts of exactly 32 bytes: the last character has no stray bits."""

_PATTERN = re.compile(PATTERN, re.ASCII)


def encode(data: bytes) -> str:
    """The text of 32 bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The 32 bytes of a text. Raises ``InvalidInputError`` for any other text."""
    if not _PATTERN.fullmatch(text):
        raise InvalidInputError("A token is 43 characters of base64url that stand for 32 bytes.")
    try:
        return base64.urlsafe_b64decode(text + "=")
    except binascii.Error:  # unreachable while the pattern stands; kept so that no other error can come out
        raise InvalidInputError("A token is base64url.") from None
