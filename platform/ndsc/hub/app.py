"""The hub over HTTP.

No postponed annotations here: FastAPI must see the types that are made inside :func:`create`.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Response

from ndsc.hub.schemas import NetworkState
from ndsc.hub.service import AUDIENCE, LONGEST_WAIT, Hub
from ndsc.trust.callers import caller_of
from ndsc.trust.tokens import ServiceClaims, Trusted
from ndsc.web.app import create_app
from ndsc.web.documented import PROBLEMS

_DESCRIPTION = (
    "How the network stands, as its resources say it: agreements with their signatures, the keys that verify them and"
    " officers' tokens, and where each node answers. It holds no secret. Whoever is told verifies the signatures anew."
)
_WAIT = re.compile(r'(?:^|[,;\s])wait\s*=\s*"?([0-9]{1,9})', re.ASCII | re.IGNORECASE)
_TAG = re.compile(r'"([0-9a-f]{64})"', re.ASCII)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the state, with its revision as ETag",
        "headers": {"ETag": {"description": "revision, in quotes", "schema": {"type": "string"}}},
    },
    304: {"description": "nothing is new: the state is the one of If-None-Match (RFC 9110 section 13.1.2)"},
    **{status: words for status, words in PROBLEMS.items() if status in (401, 403, 422, 429, 503)},
}

Known = Annotated[
    str,
    Header(
        description="ETag of the state that the caller has",
        max_length=1_000,
        openapi_examples={"none yet": {"value": ""}},
    ),
]
Preferred = Annotated[
    str,
    Header(
        description=f"wait=N: if nothing is new, answer when something is, {LONGEST_WAIT} seconds at most later"
        " (RFC 7240 section 4.3)",
        max_length=200,
        openapi_examples={"a long poll": {"value": "wait=25"}},
    ),
]


def create(hub: Hub, *, trusted: Callable[[], Trusted], ready: Callable[[], None] | None = None) -> FastAPI:
    """The application. ``trusted`` are the keys of the services that may ask; ``ready`` is asked beside the hub."""

    def both_ready() -> None:
        hub.ready()
        if ready is not None:
            ready()

    app = create_app("hub", description=_DESCRIPTION, ready=both_ready)
    Caller = Annotated[ServiceClaims, Depends(caller_of(AUDIENCE, trusted))]  # noqa: N806  # a type

    @app.get(
        "/v1/network",
        tags=["network"],
        summary="How the network stands",
        response_model=NetworkState,
        responses=_ANSWERS,
    )
    async def network(caller: Caller, if_none_match: Known = "", prefer: Preferred = "") -> Response:
        known, wait = frozenset(_TAG.findall(if_none_match)), _wait(prefer)
        told = await hub.network(caller, known, wait)
        headers = {"ETag": f'"{told.revision}"'} | ({"Preference-Applied": f"wait={wait}"} if wait else {})
        if told.revision in known:
            return Response(status_code=304, headers=headers)
        return Response(told.content, media_type="application/json", headers=headers)

    return app


def _wait(prefer: str) -> int:
    found = _WAIT.search(prefer)
    return min(int(found[1]), LONGEST_WAIT) if found else 0
