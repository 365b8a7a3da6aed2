"""One search: policy first, then the index, then the holders side by side, then what they said as people and things."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from anyio.to_thread import run_sync

from ndsc.audit.entries import Entry, Operation
from ndsc.audit.log import AuditLog
from ndsc.errors import NotFoundError
from ndsc.evaluator.client import AsyncEvaluatorClient
from ndsc.gateway.asking import ask_all, is_of, none_asked
from ndsc.gateway.errors import IndexLateError, NodeAnswerError, SearchRefusedError
from ndsc.gateway.index import Index
from ndsc.gateway.merging import group_records
from ndsc.gateway.schemas import UNASKED, ForceAnswer, ForceStatus, Group, SearchAnswer, SearchRequest
from ndsc.index.explain import no_key
from ndsc.index.keys import IndexKey, keys_of
from ndsc.node.client import NodeClient
from ndsc.node.schemas import MAX_TOKENS, FoundRecord, Grounds, NodeSearch, RecordDecision, plain_criteria
from ndsc.policy.decider import Decider, SearchDecision, Subject
from ndsc.policy.decider import SearchRequest as PolicyRequest
from ndsc.registry.client import AsyncRegistryClient
from ndsc.trust.callers import Asker
from ndsc.trust.tokens import OfficerClaims
from ndsc.web.app import request_id
from ndsc.web.client import RemoteProblemError
from ndsc.web.quotas import OFFICER_PER_MINUTE, Quota

T = TypeVar("T")

_GROUPED_AT_ONCE = 24
"""Records grouped on the event loop, in a few milliseconds at most."""
_UNUSABLE = "The node that holds this answered something that cannot be used."


class Directory(Protocol):
    """The nodes of the network, by force."""

    def nodes(self) -> Mapping[str, NodeClient]:
        """Every force that takes part, whether its node answers or not."""


class Gateway:
    """Answers searches; it keeps no record, and what it may show is decided by each node for itself.

    ``unlisted`` says whether a force's manifest keeps records out of the index: its own officers find them even so.
    ``predecessors`` are the forces that were merged into one: their nodes are its own officers' as well.
    Raises what ``decider.compile`` raises: a gateway without rules does not start.
    """

    def __init__(
        self,
        *,
        decider: Decider,
        evaluator: AsyncEvaluatorClient,
        registry: AsyncRegistryClient,
        directory: Directory,
        audit: AuditLog,
        unlisted: Callable[[str], bool] | None = None,
        predecessors: Callable[[str], Collection[str]] | None = None,
        per_minute: int = OFFICER_PER_MINUTE,
    ) -> None:
        decider.compile()
        self._decider = decider
        self._quota = Quota(per_minute)
        self._index = Index(evaluator, registry)
        self._directory = directory
        self._unlisted = unlisted or _all_listed
        self._predecessors = predecessors or _no_mergers
        self._audit = audit

    async def search(self, asker: Asker, request: SearchRequest) -> SearchAnswer:
        """Search the network. Raises :class:`SearchRefusedError` when policy lets nobody be asked."""
        officer = self._taken(asker, request)
        started, asked_at = time.monotonic(), datetime.now(UTC)
        decision = self._may_search(officer, request)  # most often remembered: a thread would cost more than the rules
        if decision.refusal is not None or not decision.allowed:
            await self._record(officer, request, asked_at, (), (), {"denied": decision.rule})
            assert decision.refusal is not None
            raise SearchRefusedError(decision.refusal)
        keys = keys_of(request.query)
        nodes = self._directory.nodes()
        deadline = started + request.deadline_ms / 1000
        try:
            searches = await self._searches(officer.force, request, keys, decision, nodes, deadline=deadline)
            lines, records = await ask_all(nodes, searches, asker.token, deadline=deadline)
        except IndexLateError:  # partial is normal, even where it is nothing
            lines, records = none_asked(nodes, "the deadline was over before it was known whom to ask"), []
        if keys:
            lines = _telling(lines)
        _, groups = await asyncio.gather(  # the entry goes to disk while the records are grouped
            self._record(officer, request, asked_at, lines, records, {"rule": decision.rule}),
            _grouped(request, records),
        )
        return SearchAnswer(
            request_id=request_id.get(),
            asked_at=asked_at,
            took_ms=round((time.monotonic() - started) * 1000, 1),
            keys=tuple(dict.fromkeys(key.rule for key in keys)),
            note=_note(request, keys, decision),
            network=len(nodes),
            forces=tuple(lines),
            groups=tuple(groups),
        )

    async def show(self, asker: Asker, record: str, grounds: Grounds) -> FoundRecord:
        """One record, from the node that holds it, which decides and writes the audit entry."""
        self._taken(asker, grounds)
        found = await _usable(self._node_of(record).show(record, grounds, asker.token))
        if found.id != record or not is_of(force_of(record), found):
            raise NodeAnswerError(_UNUSABLE)
        return found

    async def why(self, asker: Asker, record: str, grounds: Grounds) -> RecordDecision:
        """The decision about one record, from the node that holds it."""
        self._taken(asker, grounds)
        decision = await _usable(self._node_of(record).why(record, grounds, asker.token))
        if decision.id != record:
            raise NodeAnswerError(_UNUSABLE)
        return decision

    def _taken(self, asker: Asker, grounds: Grounds) -> OfficerClaims:
        """Who asks, with the question counted. Raises ``GroundsDifferError`` or ``QuotaExceededError``."""
        officer = asker.on(grounds)
        self._quota.take(f"{officer.sub}@{officer.force}", 1)
        return officer

    def _node_of(self, record: str) -> NodeClient:
        node = self._directory.nodes().get(force_of(record))
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
        searcher: str,
        request: SearchRequest,
        keys: Sequence[IndexKey],
        decision: SearchDecision,
        nodes: Mapping[str, NodeClient],
        *,
        deadline: float,
    ) -> dict[str, NodeSearch]:
        """What each force is asked: the holders by token; every force by plain criteria, where that is allowed."""
        grounds = request.model_dump(include=set(Grounds.model_fields))
        kind, limit = request.query.kind, request.limit
        if not keys:
            if not _asks_everyone(request, decision):
                return {}
            criteria = plain_criteria(request.query)  # no force is told more of the query than it is asked by
            return dict.fromkeys(nodes, NodeSearch(**grounds, kind=kind, limit=limit, criteria=criteria))
        own = [force for force in (searcher, *self._predecessors(searcher)) if force in nodes]
        always = [force for force in own if decision.ask_own_force or self._unlisted(force)]
        held = await self._index.holders(keys, kind, searcher=searcher, always=always, deadline=deadline)
        return {
            force: NodeSearch(**grounds, kind=kind, limit=limit, tokens=tokens[:MAX_TOKENS])
            for force, tokens in held.items()
        }

    async def _record(
        self,
        officer: OfficerClaims,
        request: SearchRequest,
        at: datetime,
        lines: Sequence[ForceAnswer],
        records: Sequence[FoundRecord],
        judged: Mapping[str, str],
    ) -> None:
        """The lawful record (DPA 2018 s.62): a combination where several forces' records came together."""
        combined = len({record.force for record in records}) > 1
        asked = [line.force for line in lines if line.status not in UNASKED]
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
            detail={**judged, "forces": ",".join(asked)},
        )
        await self._audit.aappend(entry)


def force_of(record: str) -> str:
    """The force that a record's id names as its holder."""
    return record.partition(".")[0]


async def _usable(answer: Awaitable[T]) -> T:
    """What a node answered; its problems in its words. Raises :class:`NodeAnswerError` for what is no answer."""
    try:
        return await answer
    except RemoteProblemError as problem:
        raise problem.in_its_own_words() from None
    except ValueError:
        raise NodeAnswerError(_UNUSABLE) from None


async def _grouped(request: SearchRequest, records: Sequence[FoundRecord]) -> list[Group]:
    """A few records here and now; many, which would hold up the loop, in a thread."""
    if len(records) <= _GROUPED_AT_ONCE:
        return group_records(request.query, records)
    return await run_sync(group_records, request.query, records)


def _telling(lines: Sequence[ForceAnswer]) -> list[ForceAnswer]:
    """The lines of forces that the index led to, without those that say "nothing held".

    There the index knows of something, and the force may not say of what. A line that says so would give it away: a
    force that truly holds nothing has not been asked, and has none.
    """
    return [line for line in lines if line.status is not ForceStatus.NOTHING_HELD]


def _all_listed(force: str) -> bool:
    """Of no force is it known that it keeps anything out of the index."""
    return False


def _no_mergers(force: str) -> tuple[str, ...]:
    """No force is known to have been merged into another."""
    return ()


def _asks_everyone(request: SearchRequest, decision: SearchDecision) -> bool:
    return request.ask_every_force and decision.ask_everyone and plain_criteria(request.query) is not None


def _note(request: SearchRequest, keys: Sequence[IndexKey], decision: SearchDecision) -> str:
    """What the searcher should know of a query without a key: nothing is left out in silence."""
    if keys:
        return ""
    why = no_key(request.query)
    if _asks_everyone(request, decision):
        return f"{why} Every force was asked instead, for {_plainly(request)}."
    if plain_criteria(request.query) is None:
        asked = "only a person's name can be asked of every force" if request.ask_every_force else ""
    elif decision.ask_everyone:
        return f"{why} No force was asked. Policy lets you ask every force for {_plainly(request)}."
    else:
        asked = decision.ask_everyone_refusal if request.ask_every_force else ""
    return f"{why} No force was asked{f': {asked}' if asked else ''}."


def _plainly(request: SearchRequest) -> str:
    """What every force is asked by, where it is: the node's own words are ``ndsc.node.finding.by_criteria``."""
    criteria = plain_criteria(request.query)
    assert criteria is not None
    if criteria.date_of_birth is not None:
        known = "date" if criteria.date_of_birth.day else "month" if criteria.date_of_birth.month else "year"
        return f"this name, or one that sounds like it, with this {known} of birth"
    if criteria.given_name and criteria.surname:
        return "these names, or such as sound like them"
    return "exactly this name"
