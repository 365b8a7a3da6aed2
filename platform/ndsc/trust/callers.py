"""Who calls: the dependencies by which routes know and check the token of a service, or of an officer.

No postponed annotations here: FastAPI must see what is made inside :func:`caller_of`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ndsc.errors import UnauthenticatedError
from ndsc.trust import proofs
from ndsc.trust.errors import GroundsDifferError
from ndsc.trust.grounds import Grounds, Stated
from ndsc.trust.tokens import (
    OfficerClaims,
    ServiceClaims,
    Trusted,
    refused,
    shown_token,
    verify_officer,
    verify_service,
)

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A service's token (EdDSA), made for this one.")


@dataclass(frozen=True, slots=True)
class Asker:
    """An officer whose token was shown by somebody who may show it; who it is, a request's grounds must ask for."""

    token: str
    _claims: OfficerClaims

    def on(self, grounds: Grounds) -> OfficerClaims:
        """Who asks, on the grounds that the token was issued for. Raises :class:`GroundsDifferError` for others."""
        if self._claims.authorization_details != (Stated.of(grounds),):
            raise GroundsDifferError(
                "The officer's token was issued for another purpose or justification.",
                hint="Sign in with the grounds that the request states.",
            )
        return self._claims


def officer_of(
    part: str, trusted: Callable[[], Trusted], *, through_gateway: bool = False
) -> Callable[..., Awaitable[Asker]]:
    """A dependency that answers which officer asks ``part``; ``trusted`` are the keys of the issuers believed now.

    The request proves the key of the officer's own client or, ``through_gateway``, that of the gateway that the token
    names. Raises ``UnauthenticatedError``.
    """

    async def asker(request: Request) -> Asker:  # a plain function would cost a change of threads
        token = shown_token(request.headers.get("authorization"))
        claims = verify_officer(token, trusted())
        given = request.headers.getlist("dpop")
        if len(given) != 1:
            raise refused()
        holders = {claims.cnf.jkt}
        if through_gateway and claims.may_act is not None:
            holders.add(claims.may_act.cnf.jkt)
        proofs.check(given[0], token, request.method, proofs.target(part, request.url.path), holders)
        return Asker(token, claims)

    return asker


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
