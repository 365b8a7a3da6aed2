"""Why the log does not serve: each cause its own type, so that a caller can tell "later" from "never"."""

from __future__ import annotations

from ndsc.errors import InvalidInputError, NdscError, NotFoundError, UnavailableError


class AuditUnavailableError(UnavailableError):
    """The entry could not be written, so what it was to record must not happen."""

    code = "audit-unavailable"
    title = "The audit log cannot be written"


class NoSuchEntryError(NotFoundError):
    """The log has no entry, or never had the size, that was named."""

    code = "no-such-audit-entry"
    title = "There is no such entry"


class BadProofError(InvalidInputError):
    """A proof does not lead to the tree head that it is for."""

    code = "bad-proof"
    title = "The proof does not hold"


class BadCheckpointError(InvalidInputError):
    """A signed tree head is malformed, of another log, or not signed by the log's key."""

    code = "bad-checkpoint"
    title = "The signed tree head is not valid"


class DamagedLogError(NdscError):
    """An entry is no longer what the log writes, so the log cannot be told as a story."""

    code = "audit-damaged"
    title = "The audit log was changed"
