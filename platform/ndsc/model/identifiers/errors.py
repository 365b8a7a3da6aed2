"""The one way an identifier can be refused."""

from __future__ import annotations

from typing import ClassVar

from ndsc.errors import InvalidInputError


class InvalidIdentifierError(InvalidInputError, ValueError):
    """A text is not an identifier of the kind asked for.

    It is a ``ValueError`` too, so that a Pydantic validator may raise it. The message names the identifier and the
    reason, never the text itself: identifiers are personal data, and messages end in logs.
    """

    code: ClassVar[str] = "invalid-identifier"
    title: ClassVar[str] = "The identifier is not valid"

    def __init__(self, identifier: str, reason: str) -> None:
        super().__init__(f"{identifier}: {reason}")
        self.identifier = identifier
        self.reason = reason
