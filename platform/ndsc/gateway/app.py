"""The gateway over HTTP: an officer's token, a query and its grounds in; people and things out.

No postponed annotations here: FastAPI must see the types that are made inside :func:`create`.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Query, Response

from ndsc.gateway.schemas import SearchAnswer, SearchRequest
from ndsc.gateway.service import Gateway
from ndsc.node.schemas import FoundRecord, Grounds, RecordDecision
from ndsc.trust.tokens import OfficerClaims, Trusted, bearer_token, verify_officer
from ndsc.web.app import create_app

_PROBLEMS: dict[int | str, dict[str, object]] = {
    401: {"description": "No acceptable token (problem document, RFC 9457)"},
    403: {"description": "Policy does not allow it (problem document)"},
    422: {"description": "The input is not valid (problem document)"},
    503: {"description": "The index cannot be asked now (problem document)"},
}


def create(gateway: Gateway, *, trusted: Callable[[], Trusted], ready: Callable[[], None]) -> FastAPI:
    """The application. ``trusted`` are the keys of the issuers whose officers are believed."""
    app = create_app("gateway", description="One search over every force that holds something.", ready=ready)

    async def token(authorization: Annotated[str | None, Header()] = None) -> str:
        return bearer_token(authorization)

    async def officer(token: Annotated[str, Depends(token)]) -> OfficerClaims:
        return verify_officer(token, trusted())

    Token = Annotated[str, Depends(token)]  # noqa: N806  # a type
    Caller = Annotated[OfficerClaims, Depends(officer)]  # noqa: N806  # a type

    @app.post(
        "/v1/search",
        tags=["search"],
        summary="Search every force that holds something",
        response_model=SearchAnswer,
        responses=_PROBLEMS,
    )
    async def search(request: SearchRequest, token: Token, officer: Caller) -> Response:
        # Already a valid model: FastAPI would only validate and copy it once more.
        answer = await gateway.search(officer, token, request)
        return Response(answer.model_dump_json(), media_type="application/json")

    @app.get("/v1/records/{record}", tags=["records"], summary="Show one record", responses=_PROBLEMS)
    async def show(record: str, grounds: Annotated[Grounds, Query()], token: Token, officer: Caller) -> FoundRecord:
        return await gateway.show(token, record, grounds)

    @app.get("/v1/records/{record}/decision", tags=["records"], summary="Why it is shown", responses=_PROBLEMS)
    async def why(record: str, grounds: Annotated[Grounds, Query()], token: Token, officer: Caller) -> RecordDecision:
        return await gateway.why(token, record, grounds)

    return app
