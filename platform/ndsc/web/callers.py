"""Which service calls: the dependency by which a service's routes know and check their caller's token.

No postponed annotations here: FastAPI must see what is made inside :func:`caller_of`.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ndsc.errors import UnauthenticatedError
from ndsc.trust.tokens import ServiceClaims, Trusted, verify_service

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A service's token (EdDSA), made for this one.")

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": f"{words} (RFC 9457)", "content": {"application/problem+json": {}}}
    for status, words in (
        (401, "no acceptable token"),
        (403, "this service may not ask that"),
        (404, "what was named does not exist"),
        (409, "does not fit the present state"),
        (413, "too large"),
        (422, "the input is not valid"),
        (429, "too much asked in too short a time"),
        (503, "the database or the audit log does not answer"),
    )
}


def caller_of(audience: str, trusted: Callable[[], Trusted]) -> Callable[..., ServiceClaims]:
    """A dependency that answers who calls ``audience``; ``trusted`` are the keys of the services believed now."""

    def caller(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> ServiceClaims:
        if given is None:
            raise UnauthenticatedError(
                "This needs a service's token.", hint="Send Authorization: Bearer followed by a token."
            )
        return verify_service(given.credentials, trusted(), audience)

    return caller
