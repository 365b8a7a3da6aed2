"""Why the registry refuses."""

from __future__ import annotations

from ndsc.errors import ConflictError, ForbiddenError, NotFoundError


class CallerRefusedError(ForbiddenError):
    """This service, or this force's, has no business with what it asked for."""

    code = "caller-refused"
    title = "This service may not ask that"


class RebuildUnknownError(NotFoundError):
    """No rebuild of that number is open for the force."""

    code = "no-such-rebuild"
    title = "There is no such rebuild"


class RebuildOvertakenError(ConflictError):
    """Entries changed while the rebuild was under way, so what it was sent is not the whole."""

    code = "rebuild-overtaken"
    title = "The rebuild was overtaken"


class WrongPepperError(ConflictError):
    """The pepper is not the one that the stored entries were made with."""

    code = "wrong-pepper"
    title = "The pepper is not the registry's"
