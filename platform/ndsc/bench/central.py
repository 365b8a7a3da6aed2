"""The fair rival: one central PostgreSQL that holds every force's records, which is what centralising would have given.

It has the same model, match rules, policy, masks, audit and scoring behind the same web framework, and verifies the
officer's token. It needs no evaluator, no registry and no call to a node: keys are looked up by their plain SHA-256,
which is what a central body that may read everything would do.

No postponed annotations here: FastAPI must see the types that are made inside :func:`create`.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, FastAPI, Response
from sqlalchemy import Engine

from ndsc.audit.log import AuditLog
from ndsc.gateway.client import PART
from ndsc.gateway.merging import group_records
from ndsc.gateway.schemas import ForceAnswer, ForceStatus, SearchAnswer, SearchRequest
from ndsc.index.keys import keys_of
from ndsc.node.app import subject_of
from ndsc.node.schemas import Grounds, NodeAnswer, NodeSearch, encode_token
from ndsc.node.service import NodeService
from ndsc.policy.decider import Decider, Subject
from ndsc.trust.callers import Asker, officer_of
from ndsc.trust.tokens import Trusted
from ndsc.web.app import create_app, request_id

FORCE = "central"
"""What the central body calls itself where a node would name its force."""


def central_token(canonical: bytes) -> bytes:
    """What stands in the central index for a key."""
    return sha256(canonical).digest()


def create(*, engine: Engine, decider: Decider, trusted: Callable[[], Trusted], audit: AuditLog) -> FastAPI:
    """The application: the gateway's one route, answered from one database."""
    service = NodeService(engine, FORCE, decider, audit)
    app = create_app("central", description="Every force's records in one database.", ready=service.ready)
    Officer = Annotated[Asker, Depends(officer_of(PART, trusted))]  # noqa: N806  # a type

    @app.post("/v1/search", response_model=SearchAnswer)
    def search(request: SearchRequest, officer: Officer) -> Response:
        return Response(
            _search(service, subject_of(officer, request), request).model_dump_json(), media_type="application/json"
        )

    return app


def _search(service: NodeService, subject: Subject, request: SearchRequest) -> SearchAnswer:
    started, asked_at = time.monotonic(), datetime.now(UTC)
    keys = keys_of(request.query)
    tokens = tuple(encode_token(central_token(key.canonical)) for key in keys)
    grounds = request.model_dump(include=set(Grounds.model_fields))
    found = service.search(subject, NodeSearch(**grounds, kind=request.query.kind, limit=request.limit, tokens=tokens))
    groups = group_records(request.query, found.records)
    took = round((time.monotonic() - started) * 1000, 1)
    return SearchAnswer(
        request_id=request_id.get(),
        asked_at=asked_at,
        took_ms=took,
        keys=tuple(dict.fromkeys(key.rule for key in keys)),
        network=1,
        forces=(_line(found, took),),
        groups=tuple(groups),
    )


def _line(found: NodeAnswer, took: float) -> ForceAnswer:
    return ForceAnswer(
        force=FORCE,
        status=ForceStatus.ANSWERED if found.records else ForceStatus.NOTHING_HELD,
        records=len(found.records),
        refusals=found.refusals,
        took_ms=took,
    )
