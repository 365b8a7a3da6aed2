"""A node's own judgement of each request: who asks, for what, which records, which of their fields; then the log.

Nothing here believes the caller. The officer's token was verified by the edge of this node, policy is asked here, and
the body of a record is read only after policy has let the record through. The audit entry comes before the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine

from ndsc.audit.entries import Entry
from ndsc.audit.log import AuditLog
from ndsc.model.facts import PolicyFacts
from ndsc.model.pole import Kind, Person
from ndsc.node import finding
from ndsc.node.auditing import search_entry, single_entry
from ndsc.node.errors import NothingToSearchByError, RecordRefusedError, SearchRefusedError, UnknownRecordError
from ndsc.node.finding import Candidate, Neighbour
from ndsc.node.giving import applied, found_link, found_record, verdict
from ndsc.node.schemas import (
    MAX_CANDIDATES,
    FoundLink,
    FoundRecord,
    Grounds,
    NodeAnswer,
    NodeSearch,
    NodeStatus,
    RecordDecision,
    Refusal,
    decode_token,
    plain_criteria,
)
from ndsc.node.telling import Judged, without_what_masks_hide
from ndsc.policy import decider as policy
from ndsc.policy.decider import Decider, Subject
from ndsc.policy.masking import tells_masked
from ndsc.web.quotas import OFFICER_PER_MINUTE, Quota


class NodeService:
    """Answers for one force. Raises what ``decider.compile`` raises: a node without rules does not start."""

    def __init__(
        self,
        engine: Engine,
        force: str,
        decider: Decider,
        audit: AuditLog,
        *,
        per_minute: int = OFFICER_PER_MINUTE,
    ) -> None:
        decider.compile()
        self._reads = engine.execution_options(isolation_level="AUTOCOMMIT")  # BEGIN and COMMIT are trips too
        self._force = force
        self._decider = decider
        self._audit = audit
        self._quota = Quota(per_minute)

    def ready(self) -> None:
        """Raise unless the database answers."""
        with self._reads.connect() as connection:
            connection.exec_driver_sql("SELECT 1 FROM record LIMIT 1")

    def search(self, subject: Subject, request: NodeSearch) -> NodeAnswer:
        """Find, judge, read, mask, log, answer. Raises ``QuotaExceededError``, as all here do."""
        self._take(subject)
        asked = _policy_request(request, (request.kind,))
        allowed = self._decider.may_search(subject, asked)
        if not allowed.allowed:
            return self._denied(subject, request, allowed)
        criteria = plain_criteria(request.criteria) if request.criteria is not None else None
        with self._reads.connect() as connection:
            candidates = self._candidates(connection, request, criteria, allowed)
            named = () if request.tokens or criteria is None else finding.stated_criteria(criteria)
            judged = without_what_masks_hide(self._judge(subject, asked, candidates), named)
            visible = [(candidate, decision) for candidate, decision in judged if decision.visible]
            records = self._give(connection, subject, asked, visible[: request.limit])
        refusals = _tellable(decision for _, decision in judged if not decision.visible)
        answer = NodeAnswer(
            force=self._force,
            status=NodeStatus.ANSWERED if records else NodeStatus.DENIED if refusals else NodeStatus.NOTHING,
            records=tuple(records),
            refusals=refusals,
            refused_count=sum(refusal.count for refusal in refusals),
            truncated=len(visible) > len(records),
            policy_revision=self._decider.revision,
        )
        self._log(search_entry(self._force, subject, request, records, judged, self._decider.revision))
        return answer

    def show(self, subject: Subject, identity: str, grounds: Grounds) -> FoundRecord:
        """One record. Raises :class:`UnknownRecordError` or, where it may be told, :class:`RecordRefusedError`."""
        self._take(subject)
        with self._reads.connect() as connection:
            candidate, decision, asked = self._one(connection, subject, identity, grounds, "record")
            records = self._give(connection, subject, asked, [(candidate, decision)] if decision.visible else [])
        if not records:
            self._log(single_entry(self._force, subject, grounds, identity, decision, ()))
            raise self._refused(identity, decision)
        self._log(single_entry(self._force, subject, grounds, identity, decision, records))
        return records[0]

    def why(self, subject: Subject, identity: str, grounds: Grounds) -> RecordDecision:
        """The decision about one record. Raises :class:`UnknownRecordError` where a refusal may not be told."""
        self._take(subject)
        with self._reads.connect() as connection:
            _, decision, _ = self._one(connection, subject, identity, grounds, "decision")
        self._log(single_entry(self._force, subject, grounds, identity, decision, (), of="decision"))
        if decision.refusal is not None and not decision.refusal.tell:
            raise _unknown(identity)
        said = verdict(decision)
        return RecordDecision(
            id=identity,
            force=self._force,
            visible=decision.visible,
            rule=said.rule,
            agreement=said.agreement,
            sentence=said.sentence,
            masks=applied(decision),
            duties=tuple(duty.sentence for duty in decision.duties),
            policy_revision=self._decider.revision,
        )

    def _candidates(
        self, connection: Connection, request: NodeSearch, criteria: Person | None, allowed: policy.SearchDecision
    ) -> list[Candidate]:
        """More than are asked for: facts are cheap, and what is not visible must not crowd out what is."""
        if request.tokens:
            tokens = [decode_token(token) for token in request.tokens]
            return finding.by_tokens(connection, request.kind, tokens, MAX_CANDIDATES)
        if criteria is not None and allowed.ask_everyone:
            return finding.by_criteria(connection, criteria, MAX_CANDIDATES)
        raise NothingToSearchByError(
            "This search has no index token, and nothing else that may be searched by.",
            hint="Add a date of birth, a postcode or an identifier to the name.",
        )

    def _one(
        self, connection: Connection, subject: Subject, identity: str, grounds: Grounds, of: str
    ) -> tuple[Candidate, policy.RecordDecision, policy.SearchRequest]:
        allowed = self._decider.may_search(subject, _policy_request(grounds, tuple(Kind)))
        if not allowed.allowed:  # before any look-up: else the refusal would tell whether the record exists
            sentence = allowed.refusal.sentence if allowed.refusal else "You may not ask for this."
            self._log(single_entry(self._force, subject, grounds, identity, None, (), of=of, denied=allowed.rule))
            raise SearchRefusedError(sentence, hint=f"Rule {allowed.rule}.")
        candidate = finding.by_id(connection, identity)
        if candidate is None:
            self._log(single_entry(self._force, subject, grounds, identity, None, (), of=of))
            raise _unknown(identity)
        asked = _policy_request(grounds, (Kind(candidate.facts.kind),))
        return candidate, self._judge(subject, asked, [candidate])[0][1], asked

    def _judge(self, subject: Subject, asked: policy.SearchRequest, candidates: Sequence[Candidate]) -> list[Judged]:
        return list(zip(candidates, self._decide(subject, asked, [c.facts for c in candidates]), strict=True))

    def _decide(
        self, subject: Subject, asked: policy.SearchRequest, facts: Sequence[PolicyFacts]
    ) -> list[policy.RecordDecision]:
        return self._decider.judge(subject, asked, facts) if facts else []

    def _give(
        self, connection: Connection, subject: Subject, asked: policy.SearchRequest, visible: Sequence[Judged]
    ) -> list[FoundRecord]:
        """What visible records give, with those of their neighbours that are visible too, of whatever kind."""
        if not visible:
            return []
        neighbours = finding.linked(connection, [candidate.id for candidate, _ in visible])
        around = asked.model_copy(update={"kinds": tuple(Kind)})
        decisions = self._decide(subject, around, [neighbour.facts for neighbour in neighbours])
        own = {candidate.id: (candidate.facts.category, decision.masks) for candidate, decision in visible}
        seen = [
            (neighbour, decision)
            for neighbour, decision in zip(neighbours, decisions, strict=True)
            if decision.visible and not _tells_masked(neighbour, decision, *own[neighbour.owner])
        ]
        wanted = {candidate.id for candidate, _ in visible} | {neighbour.id for neighbour, _ in seen}
        contents = finding.contents(connection, sorted(wanted))
        links: dict[str, list[FoundLink]] = {}
        for neighbour, decision in seen:
            if neighbour.id in contents:
                link = found_link(neighbour, decision, contents[neighbour.id])
                links.setdefault(neighbour.owner, []).append(link)
        own_force = subject.force == self._force
        return [
            found_record(candidate, decision, contents[candidate.id], links.get(candidate.id, ()), inside=own_force)
            for candidate, decision in visible
            if candidate.id in contents  # it may have been erased since its facts were read
        ]

    def _denied(self, subject: Subject, request: NodeSearch, allowed: policy.SearchDecision) -> NodeAnswer:
        refusal = _refusal(allowed.refusal, count=0) if allowed.refusal is not None else None
        self._log(search_entry(self._force, subject, request, (), (), self._decider.revision, denied=allowed.rule))
        return NodeAnswer(
            force=self._force,
            status=NodeStatus.DENIED,
            refusals=(refusal,) if refusal else (),
            policy_revision=self._decider.revision,
        )

    def _refused(self, identity: str, decision: policy.RecordDecision) -> Exception:
        refusal = decision.refusal
        if decision.visible or refusal is None or not refusal.tell:
            return _unknown(identity)
        return RecordRefusedError(refusal.sentence, hint=f"Rule {refusal.rule}; `ndsc why {identity}` says more.")

    def _take(self, subject: Subject) -> None:
        self._quota.take(f"{subject.sub}@{subject.force}", 1)

    def _log(self, entry: Entry) -> None:
        self._audit.append(entry)


def _policy_request(grounds: Grounds, kinds: tuple[Kind, ...]) -> policy.SearchRequest:
    return policy.SearchRequest(
        purpose=grounds.purpose,
        justification=grounds.justification,
        reference=grounds.reference or None,
        legal_basis=grounds.legal_basis or None,
        kinds=kinds,
    )


def _tells_masked(
    neighbour: Neighbour, decision: policy.RecordDecision, category: str, masks: Sequence[policy.Mask]
) -> bool:
    """Whether the link says what is masked at either of its ends, as a home's place does of a home address."""
    return tells_masked((*masks, *decision.masks), neighbour.role, (category, neighbour.facts.category))


def _tellable(decisions: Iterable[policy.RecordDecision]) -> tuple[Refusal, ...]:
    """The refusals that may be told, each once with its number. The others leave no trace, nor does the order."""
    told = [decision.refusal for decision in decisions if decision.refusal is not None and decision.refusal.tell]
    return tuple(
        _refusal(refusal, count) for refusal, count in sorted(Counter(told).items(), key=lambda one: repr(one[0]))
    )


def _refusal(refusal: policy.Refusal, count: int) -> Refusal:
    sought = refusal.agreement_sought
    return Refusal(
        rule=refusal.rule,
        agreement_sought=str(sought) if sought is not None else None,
        sentence=refusal.sentence,
        count=count,
    )


def _unknown(identity: str) -> UnknownRecordError:
    return UnknownRecordError(f"There is no record {identity[:90]!r} that you may see.")
