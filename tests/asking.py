"""Who asks, in tests: officers' tokens, the keys they are bound to, and the proofs that are shown with them."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import httpx
from pydantic import ValidationError
from tests.network import GROUNDS

from ndsc.node.schemas import Grounds
from ndsc.trust.keys import SigningKey
from ndsc.trust.proofs import Prover, target
from ndsc.trust.tokens import Officer, issue_officer

CLIENT, GATEWAY = Prover(SigningKey.generate()), Prover(SigningKey.generate())
"""The officer's own client, and the gateway that passes their tokens on."""


def officer(**changes: Any) -> Officer:
    """An officer of Kent, or somebody else."""
    return Officer(
        **{"sub": "pc1", "name": "A. Officer", "force": "kent", "roles": ("officer",), "clearance": 1, **changes}
    )


def token_for(issuer: SigningKey, who: Officer, grounds: Any = None, **changes: Any) -> str:
    """A token that the client and the gateway may show, for the grounds that a request states."""
    given = {"holder": CLIENT.holder, "gateway": GATEWAY.holder, "grounds": stated(grounds or GROUNDS), **changes}
    return issue_officer(issuer, who, **given)


def stated(request: Any) -> Grounds:
    """The grounds in a request's body or query; those of every test where it states none that are valid."""
    if isinstance(request, Grounds):
        return request
    try:
        return Grounds.model_validate({name: request[name] for name in Grounds.model_fields if name in request})
    except (ValidationError, TypeError):
        return Grounds(**GROUNDS)


def headers(token: str, part: str, method: str, path: str, *, prover: Prover = CLIENT) -> dict[str, str]:
    """What shows a token at a part, such as ``node:kent``."""
    return {"Authorization": f"DPoP {token}", "DPoP": prover.proof(token, method, target(part, path))}


class Asking(httpx.Auth):
    """Shows an officer's token with each request to a part."""

    def __init__(self, issuer: SigningKey, who: Officer, part: str, *, prover: Prover = CLIENT) -> None:
        self._issuer, self._who, self._part, self._prover = issuer, who, part, prover

    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        given = json.loads(request.content) if request.content else dict(request.url.params)
        token = token_for(self._issuer, self._who, given)
        request.headers.update(headers(token, self._part, request.method, request.url.path, prover=self._prover))
        yield request
