"""Why the hub does not answer."""

from __future__ import annotations

from ndsc.errors import ForbiddenError, UnavailableError


class CallerRefusedError(ForbiddenError):
    """This service has no business here."""

    code = "caller-refused"
    title = "This service may not ask that"


class NotYetReadError(UnavailableError):
    """The hub has not read every resource yet, so it can say nothing of the network."""

    code = "network-not-read"
    title = "The network is not known yet"
