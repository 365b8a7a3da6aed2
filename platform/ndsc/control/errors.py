"""Why the store refuses, in the words of an API server where it has some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ndsc.errors import ConflictError, InvalidInputError, NotFoundError


class ResourceNotFoundError(NotFoundError):
    """No resource of that kind and name."""

    code: ClassVar[str] = "resource-not-found"
    title: ClassVar[str] = "No such resource"


class ResourceChangedError(ConflictError):
    """It was changed since it was read."""

    code: ClassVar[str] = "resource-changed"
    title: ClassVar[str] = "The resource has changed meanwhile"


class HeldError(ConflictError):
    """Something else needs it; ``holders`` says what."""

    code: ClassVar[str] = "resource-held"
    title: ClassVar[str] = "Something else holds this resource"

    def __init__(self, message: str, holders: Sequence[str], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.holders = tuple(holders)


class BadSelectorError(InvalidInputError):
    """The label selector cannot be read."""

    code: ClassVar[str] = "bad-selector"
    title: ClassVar[str] = "The label selector cannot be read"
