"""One search: policy first, then the index, then the holders side by side, then what they said as people and things."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from anyio.to_thread import run_sync

from ndsc.audit.entries import Entry, Operation
from ndsc.audit.log import AuditLog
from ndsc.errors import NotFoundError
from ndsc.evaluator.client import AsyncEvaluatorClient
from ndsc.gateway.asking import ask_all
from ndsc.gateway.errors import SearchRefusedError
from ndsc.gateway.merging import group_records
from ndsc.gateway.schemas import ForceAnswer, SearchAnswer, SearchRequest
from ndsc.index.keys import IndexKey, keys_of
from ndsc.node.client import AsyncNodeClient
from ndsc.node.schemas import FoundRecord, Grounds, NodeSearch, RecordDecision, encode_token
from ndsc.policy.decider import Decider, SearchDecision, Subject
from ndsc.policy.decider import SearchRequest as PolicyRequest
from ndsc.registry.client import AsyncRegistryClient
from ndsc.trust.tokens import OfficerClaims
from ndsc.web.app import request_id

_NO_KEY = (
    "Nothing in this query can be looked up in the index: a name needs a date of birth, a place or a number beside it."
)


class Directory(Protocol):
    """The nodes of the network, by force."""

    def nodes(self) -> Mapping[str, AsyncNodeClient]:
        """Every force that takes part, whether its node answers or not."""


class Gateway:
    """Answers searches; it keeps no record, and what it may show is decided by each node for itself."""

    def __init__(
        self,
        *,
        decider: Decider,
        evaluator: AsyncEvaluatorClient,
        registry: AsyncRegistryClient,
        directory: Directory,
        audit: AuditLog,
    ) -> None:
        self._decider = decider
        self._evaluator = evaluator
        self._registry = registry
        self._directory = directory
        self._audit = audit

    async def search(self, officer: OfficerClaims, token: str, request: SearchRequest) -> SearchAnswer:
        """Search the network. Raises :class:`SearchRefusedError` when policy lets nobody be asked."""
        started, asked_at = time.monotonic(), datetime.now(UTC)
        decision = await run_sync(self._may_search, officer, request)
        if decision.refusal is not None or not decision.allowed:
            await self._record(officer, request, asked_at, lines=(), records=(), rule=decision.rule)
            assert decision.refusal is not None
            raise SearchRefusedError(decision.refusal)
        keys = keys_of(request.query)
        nodes = self._directory.nodes()
        searches = await self._searches(request, keys, decision, nodes)
        deadline = started + request.deadline_ms / 1000
        lines, records = await ask_all(nodes, searches, token, deadline=deadline)
        groups = await run_sync(group_records, request.query, records)
        await self._record(officer, request, asked_at, lines=lines, records=records, rule=decision.rule)
        return SearchAnswer(
            request_id=request_id.get(),
            asked_at=asked_at,
            took_ms=round((time.monotonic() - started) * 1000, 1),
            keys=tuple(dict.fromkeys(key.rule for key in keys)),
            note=_note(keys, searches),
            network=len(nodes),
            forces=tuple(lines),
            groups=tuple(groups),
        )

    async def show(self, token: str, record: str, grounds: Grounds) -> FoundRecord:
        """One record, from the node that holds it, which decides and writes the audit entry."""
        return await self._node_of(record).show(record, grounds, token)

    async def why(self, token: str, record: str, grounds: Grounds) -> RecordDecision:
        """The decision about one record, from the node that holds it."""
        return await self._node_of(record).why(record, grounds, token)

    def _node_of(self, record: str) -> AsyncNodeClient:
        force = record.partition(".")[0]
        node = self._directory.nodes().get(force)
        if node is None:
            raise NotFoundError("No node of this network holds such a record.", hint="A record is FORCE.LETTER.DIGEST.")
        return node

    def _may_search(self, officer: OfficerClaims, request: SearchRequest) -> SearchDecision:
        subject = Subject(sub=officer.sub, force=officer.force, roles=officer.roles, clearance=officer.clearance)
        asked = PolicyRequest(
            purpose=request.purpose,
            justification=request.justification,
            reference=request.reference or None,
            legal_basis=request.legal_basis or None,
            kinds=(request.query.kind,),
        )
        return self._decider.may_search(subject, asked)

    async def _searches(
        self,
        request: SearchRequest,
        keys: Sequence[IndexKey],
        decision: SearchDecision,
        nodes: Mapping[str, AsyncNodeClient],
    ) -> dict[str, NodeSearch]:
        """What each force is asked: the holders by token; every force by plain criteria, where that is allowed."""
        grounds = request.model_dump(include=set(Grounds.model_fields))
        kind, limit = request.query.kind, request.limit
        if not keys:
            if not (request.ask_every_force and decision.ask_everyone):
                return {}
            criteria = NodeSearch(**grounds, kind=kind, limit=limit, criteria=request.query)
            return dict.fromkeys(nodes, criteria)
        tokens = await self._evaluator.tokens([key.canonical for key in keys])
        held = await self._registry.lookup(tokens)
        return {
            holder.force: NodeSearch(
                **grounds, kind=kind, limit=limit, tokens=tuple(encode_token(tokens[index]) for index in holder.tokens)
            )
            for holder in held.holders
        }

    async def _record(
        self,
        officer: OfficerClaims,
        request: SearchRequest,
        at: datetime,
        *,
        lines: Sequence[ForceAnswer],
        records: Sequence[FoundRecord],
        rule: str,
    ) -> None:
        """The lawful record (DPA 2018 s.62): a combination where several forces' records came together."""
        combined = len({record.force for record in records}) > 1
        entry = Entry(
            at=at,
            operation=Operation.COMBINATION if combined else Operation.CONSULTATION,
            actor=officer.sub,
            actor_force=officer.force,
            purpose=request.purpose,
            justification=request.justification or None,
            reference=request.reference or None,
            legal_basis=request.legal_basis or None,
            subject=tuple(record.id for record in records),
            recipients=(officer.force,),
            request_id=request_id.get(),
            detail={"rule": rule, "asked": ",".join(line.force for line in lines)},
        )
        await run_sync(self._audit.append, entry)


def _note(keys: Sequence[IndexKey], searches: Mapping[str, NodeSearch]) -> str:
    if keys:
        return ""
    return f"{_NO_KEY} Every force was asked instead." if searches else f"{_NO_KEY} No force was asked."
