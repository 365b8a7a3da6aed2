"""Who asks, in tests: officers' tokens, the keys they are bound to, and the proofs that are shown with them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import httpx

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


def token_for(issuer: SigningKey, who: Officer, **changes: Any) -> str:
    """A token that the client and the gateway may show."""
    return issue_officer(issuer, who, **{"holder": CLIENT.holder, "gateway": GATEWAY.holder, **changes})


def headers(token: str, part: str, method: str, path: str, *, prover: Prover = CLIENT) -> dict[str, str]:
    """What shows a token at a part, such as ``node:kent``."""
    return {"Authorization": f"DPoP {token}", "DPoP": prover.proof(token, method, target(part, path))}


class Asking(httpx.Auth):
    """Shows an officer's token with each request to a part."""

    def __init__(self, issuer: SigningKey, who: Officer, part: str, *, prover: Prover = CLIENT) -> None:
        self._issuer, self._who, self._part, self._prover = issuer, who, part, prover

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = token_for(self._issuer, self._who)
        request.headers.update(headers(token, self._part, request.method, request.url.path, prover=self._prover))
        yield request
