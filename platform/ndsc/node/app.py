"""The node's edge: the officer's own token is verified here, whoever passed the request on.

No postponed annotations here: FastAPI must see the types that are made inside :func:`create`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Response
from sqlalchemy import Engine

from ndsc.audit.log import AuditLog
from ndsc.model.base import Model
from ndsc.node.client import part_of
from ndsc.node.schemas import FoundRecord, Grounds, NodeAnswer, NodeSearch, RecordDecision
from ndsc.node.service import NodeService
from ndsc.policy.decider import Decider, Subject
from ndsc.trust.callers import Asker, officer_of
from ndsc.trust.tokens import Trusted
from ndsc.web.app import create_app

_DESCRIPTION = (
    "One force's records, given out by the force's own judgement: each request is checked here against the officer's "
    "token, the policy and the agreements, and written in the force's own audit log before it is answered."
)

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": f"{words} (RFC 9457)", "content": {"application/problem+json": {}}}
    for status, words in (
        (401, "no acceptable token"),
        (403, "policy does not allow it, and lets that be told"),
        (404, "no such record, or none that may be told of"),
        (422, "the input is not valid"),
        (429, "too much asked in too short a time"),
        (503, "the database or the audit log does not answer"),
    )
}

RecordPath = Annotated[
    str,
    Path(
        pattern=r"^[a-z][a-z0-9-]{1,62}\.[pole]\.[a-z2-7]{16}$",
        openapi_examples={"a person": {"value": "south-wales.p.mfrggzdfmztwq2lk"}},
    ),
]


Why = Annotated[Grounds, Query()]


def create(
    *,
    engine: Engine,
    force: str,
    decider: Decider,
    trusted: Callable[[], Trusted],
    audit: AuditLog,
    bodies: Mapping[str, int] = MappingProxyType({}),
) -> FastAPI:
    """The application of one force's node. ``trusted`` answers the keys whose officers' tokens are believed now.

    ``bodies`` as for ``create_app``: routes that are added, such as those of ``ndsc.node.loads_app``, may take more.
    """
    service = NodeService(engine, force, decider, audit)
    app = create_app("node", description=_DESCRIPTION, ready=service.ready, bodies=bodies)
    Officer = Annotated[Asker, Depends(officer_of(part_of(force), trusted, through_gateway=True))]  # noqa: N806  # a type

    @app.post("/v1/search", tags=["search"], response_model=NodeAnswer, responses=_PROBLEMS)
    def search(request: NodeSearch, officer: Officer) -> Response:
        """The records that this force holds and that this officer may see for this purpose, masked."""
        return _json(service.search(subject_of(officer, request), request))

    @app.get("/v1/records/{identity}", tags=["records"], response_model=FoundRecord, responses=_PROBLEMS)
    def show(identity: RecordPath, officer: Officer, grounds: Why) -> Response:
        """One record with what it is linked with."""
        return _json(service.show(subject_of(officer, grounds), identity, grounds))

    @app.get("/v1/records/{identity}/decision", tags=["records"], response_model=RecordDecision, responses=_PROBLEMS)
    def why(identity: RecordPath, officer: Officer, grounds: Why) -> Response:
        """Whether this officer may see the record for this purpose, by which rule, and what is masked."""
        return _json(service.why(subject_of(officer, grounds), identity, grounds))

    return app


def subject_of(officer: Asker, grounds: Grounds) -> Subject:
    """The officer as policy sees them. Raises ``GroundsDifferError``."""
    claims = officer.on(grounds)
    return Subject(sub=claims.sub, force=claims.force, roles=claims.roles, clearance=claims.clearance)


def _json(answer: Model) -> Response:
    # Already a valid model: FastAPI would only validate and copy it once more.
    return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")
