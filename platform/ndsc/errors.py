"""The one parent of every error that a user may see; each package derives its own causes from it."""

from __future__ import annotations

from typing import ClassVar


class NdscError(Exception):
    """Something a person can act on.

    ``code`` is the kebab-case problem type (RFC 9457 section 3.1.1), ``status`` the HTTP status it maps to,
    and ``hint`` one sentence that says what to do next.
    """

    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidInputError(NdscError):
    """The caller's input cannot be used as it stands."""

    code = "invalid-input"
    title = "The input is not valid"
    status = 422


class NotFoundError(NdscError):
    """The thing that was named does not exist, or may not be told apart from one that does not."""

    code = "not-found"
    title = "Not found"
    status = 404


class UnauthenticatedError(NdscError):
    """No acceptable token came with the request."""

    code = "unauthenticated"
    title = "Sign in first"
    status = 401


class ForbiddenError(NdscError):
    """The caller is known and may not do this."""

    code = "forbidden"
    title = "Not allowed"
    status = 403


class ConflictError(NdscError):
    """The request does not fit the present state."""

    code = "conflict"
    title = "Conflicts with the present state"
    status = 409


class UnavailableError(NdscError):
    """A part that is needed does not answer; trying again later is right."""

    code = "unavailable"
    title = "Temporarily unavailable"
    status = 503
