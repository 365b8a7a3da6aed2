"""Why a token cannot be made."""

from __future__ import annotations

from ndsc.errors import InvalidInputError, NotFoundError


class ElementError(InvalidInputError):
    """Bytes that are no element of the group, or its identity, or a scalar that is zero."""

    code = "not-a-group-element"
    title = "Not an element of the group"


class EpochUnknownError(NotFoundError):
    """No key of that epoch is in use."""

    code = "unknown-epoch"
    title = "The epoch is not in use"
