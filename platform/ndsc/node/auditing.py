"""The node's section 62 entries: what each act looks like in the log, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ndsc.audit.entries import Entry, Operation
from ndsc.audit.entries import Subject as Records
from ndsc.node.finding import Candidate
from ndsc.node.merging import Merged
from ndsc.node.schemas import FoundRecord, Grounds, NodeSearch
from ndsc.policy.decider import RecordDecision, Subject
from ndsc.web.app import request_id


def batch_entries(actor: str, force: str, connector: str, load: int, merged: Merged) -> Iterable[Entry]:
    """Of a batch of a load: collection of what is new, alteration of what says something else now."""
    altered = merged.altered | (merged.relinked - merged.fresh)
    for operation, identities in ((Operation.COLLECTION, merged.fresh), (Operation.ALTERATION, altered)):
        if identities:
            yield Entry(
                operation=operation,
                actor=actor,
                actor_force=force,
                subject=Records.of(identities),
                detail={"load": load, "connector": connector},
            )


def search_entry(
    force: str,
    subject: Subject,
    request: NodeSearch,
    records: Sequence[FoundRecord],
    judged: Sequence[tuple[Candidate, RecordDecision]],
    revision: str,
    denied: str = "",
) -> Entry:
    """Of a search: a disclosure when another force receives records, else a consultation.

    Records found and not given are counted apart from those given: the owner sees both, the asker only the latter.
    """
    withheld = sum(not decision.visible for _, decision in judged)
    detail: dict[str, str | int] = {
        "kind": request.kind.value,
        "tokens": len(request.tokens),
        "given": len(records),
        "withheld": withheld,
        "policy": revision,
    }
    if denied:
        detail["denied"] = denied
    named = {record.id for record in records} | {link.id for record in records for link in record.links}
    return _request_entry(force, subject, request, named, detail)


def single_entry(
    force: str,
    subject: Subject,
    grounds: Grounds,
    identity: str,
    decision: RecordDecision | None,
    records: Sequence[FoundRecord],
) -> Entry:
    """Of one record asked for by its id: the owner sees that it was asked for, given or not."""
    detail: dict[str, str | int] = {"asked": identity, "given": len(records)}
    if decision is not None:
        detail["rule"] = decision.rule
    named = {record.id for record in records} | {link.id for record in records for link in record.links}
    return _request_entry(force, subject, grounds, named, detail)


def _request_entry(
    force: str, subject: Subject, grounds: Grounds, named: set[str], detail: dict[str, str | int]
) -> Entry:
    discloses = bool(named) and subject.force != force
    return Entry(
        operation=Operation.DISCLOSURE if discloses else Operation.CONSULTATION,
        actor=subject.sub,
        actor_force=subject.force,
        purpose=grounds.purpose,
        justification=grounds.justification or None,
        reference=grounds.reference or None,
        legal_basis=grounds.legal_basis or None,
        subject=Records.of(named),
        recipients=(f"{subject.sub}@{subject.force}",) if discloses else (),
        request_id=request_id.get(),
        detail=detail,
    )
