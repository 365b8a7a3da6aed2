"""Why the evaluator does not answer."""

from __future__ import annotations

from ndsc.errors import ConflictError, ForbiddenError


class CallerRefusedError(ForbiddenError):
    """This service has no business here."""

    code = "caller-refused"
    title = "This service may not ask that"


class WrongEpochKeyError(ConflictError):
    """The key file of an epoch is not the key that this epoch's tokens were made with."""

    code = "wrong-epoch-key"
    title = "The key is not the epoch's"
