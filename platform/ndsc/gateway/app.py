"""The gateway over HTTP: an officer's token, a query and its grounds in; people and things out.

No postponed annotations here: FastAPI must see the types that are made inside :func:`create`.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Response

from ndsc.gateway.client import PART
from ndsc.gateway.schemas import SearchAnswer, SearchRequest
from ndsc.gateway.service import Gateway
from ndsc.node.schemas import FoundRecord, Grounds, RecordDecision
from ndsc.trust.callers import Asker, officer_of
from ndsc.trust.tokens import Trusted
from ndsc.web.app import create_app
from ndsc.web.problems import MEDIA_TYPE

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": f"{words} (RFC 9457)", "content": {MEDIA_TYPE: {}}}
    for status, words in (
        (401, "no acceptable token"),
        (403, "policy does not allow it, and lets that be told"),
        (404, "no such record, or none that may be told of"),
        (422, "the input is not valid"),
        (429, "too much asked in too short a time"),
        (503, "the index, the holder's node or the audit log does not answer"),
    )
}

RecordPath = Annotated[
    str,
    Path(
        description="Record, as a search names it: FORCE.KIND.DIGEST.",
        max_length=90,
        openapi_examples={"a person": {"value": "south-wales.p.mfrggzdfmztwq2lk"}},
    ),
]


def create(gateway: Gateway, *, trusted: Callable[[], Trusted], ready: Callable[[], None]) -> FastAPI:
    """The application. ``trusted`` are the keys of the issuers whose officers are believed."""
    app = create_app("gateway", description="One search over every force that holds something.", ready=ready)

    Officer = Annotated[Asker, Depends(officer_of(PART, trusted))]  # noqa: N806  # a type

    @app.post(
        "/v1/search",
        tags=["search"],
        summary="Search every force that holds something",
        response_model=SearchAnswer,
        responses=_PROBLEMS,
    )
    async def search(request: SearchRequest, officer: Officer) -> Response:
        # Already a valid model: FastAPI would only validate and copy it once more.
        answer = await gateway.search(officer, request)
        return Response(answer.model_dump_json(), media_type="application/json")

    @app.get("/v1/records/{record}", tags=["records"], summary="Show one record", responses=_PROBLEMS)
    async def show(record: RecordPath, grounds: Annotated[Grounds, Query()], officer: Officer) -> FoundRecord:
        return await gateway.show(officer, record, grounds)

    @app.get("/v1/records/{record}/decision", tags=["records"], summary="Why it is shown", responses=_PROBLEMS)
    async def why(record: RecordPath, grounds: Annotated[Grounds, Query()], officer: Officer) -> RecordDecision:
        return await gateway.why(officer, record, grounds)

    return app
