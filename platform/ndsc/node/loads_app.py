"""The part of a node's edge that its own force's loader and the operator use: exports in, counts out.

No postponed annotations here: FastAPI must see the types that are made inside :func:`add_loads`.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request

from ndsc.node.client import part_of
from ndsc.node.holdings import Holdings, HoldingsCount
from ndsc.node.ledger import LoadReport
from ndsc.node.loads import MAX_EXPORT_BYTES, Loads
from ndsc.trust.callers import caller_of
from ndsc.trust.tokens import ServiceClaims, Trusted
from ndsc.web.documented import PROBLEMS

PATH = "/v1/loads"
BODIES = {PATH: MAX_EXPORT_BYTES}
"""Paths that take more than the usual body."""

_EXAMPLE = "ref,given_name,surname\nS1,Rhys,Pugh\n"
_REPORT = {
    "read": 1,
    "loaded": 1,
    "changed": 0,
    "unchanged": 0,
    "quarantined": 0,
    "load": 1,
    "file": "nominals.csv",
    "connector": "nominals",
    "force": "south-wales",
    "seconds": 0.2,
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "description": f"the export as it is, {MAX_EXPORT_BYTES} bytes at most",
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}, "example": _EXAMPLE}
        },
    }
}
_LOADED: dict[int | str, dict[str, Any]] = {
    200: {"description": "what became of each row", "content": {"application/json": {"example": _REPORT}}},
    **PROBLEMS,
}

ConnectorName = Annotated[
    str,
    Query(
        alias="connector",
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        description="one of the force's own, as its DataNode names it, or a shipped one",
        openapi_examples={"a shipped one": {"value": "police-uk-street"}},
    ),
]
FileName = Annotated[
    str,
    Query(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9._ -]{0,199}$",
        description="what the export is called in the node's book and in its log",
        openapi_examples={"an export": {"value": "2026-06-south-wales-street.csv"}},
    ),
]


def add_loads(app: FastAPI, *, force: str, loads: Loads, count: HoldingsCount, services: Callable[[], Trusted]) -> None:
    """Give the node's application these routes. ``services`` are the keys of the services that may ask."""
    Caller = Annotated[ServiceClaims, Depends(caller_of(part_of(force), services))]  # noqa: N806  # a type

    @app.post(PATH, tags=["loads"], summary="Take an export in", openapi_extra=_BODY, responses=_LOADED)
    async def load(request: Request, caller: Caller, name: ConnectorName, file: FileName = "export") -> LoadReport:
        """The same export again changes nothing; one that was cut off goes on where it was. The index follows."""
        return await loads.take(caller, name, file, request.stream())

    @app.get("/v1/holdings", tags=["loads"], summary="What the node holds, in numbers", responses=PROBLEMS)
    def holdings(caller: Caller) -> Holdings:
        return count.holdings(caller)
