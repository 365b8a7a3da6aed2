"""Which service calls: the dependency by which a service's routes know and check their caller's token.

No postponed annotations here: FastAPI must see what is made inside :func:`caller_of`.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ndsc.errors import UnauthenticatedError
from ndsc.trust.tokens import ServiceClaims, Trusted, verify_service

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A service's token (EdDSA), made for this one.")


def caller_of(audience: str, trusted: Callable[[], Trusted]) -> Callable[..., Awaitable[ServiceClaims]]:
    """A dependency that answers who calls ``audience``; ``trusted`` are the keys of the services believed now.

    It waits for nothing, so it is a coroutine: a plain function would cost a change of threads at each call.
    """

    async def caller(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> ServiceClaims:
        if given is None:
            raise UnauthenticatedError(
                "This needs a service's token.", hint="Send Authorization: Bearer followed by a token."
            )
        return verify_service(given.credentials, trusted(), audience)

    return caller
