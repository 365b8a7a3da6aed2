"""The node's section 62 entries: what each act looks like in the log, in one place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ndsc.audit.entries import Entry, Operation
from ndsc.audit.entries import Subject as Records
from ndsc.node.finding import Candidate
from ndsc.node.merging import Merged
from ndsc.node.schemas import FoundRecord, Grounds, NodeSearch
from ndsc.policy.decider import RecordDecision, Subject
from ndsc.web.app import request_id


def row_name(force: str, number: int) -> str:
    """What the log calls a row in quarantine: nothing of what it says."""
    return f"{force}.quarantine.{number}"


def batch_entries(
    actor: str,
    force: str,
    batch: Mapping[str, str | int],
    merged: Merged,
    *,
    set_aside: Collection[int] = (),
    tried_again: Collection[int] = (),
    grounds: Grounds | None = None,
) -> Iterable[Entry]:
    """Of a batch of a load: collection of what is new, alteration of what says something else now.

    Rows go with the records, by their numbers in quarantine: those newly ``set_aside`` are collected, those
    ``tried_again`` altered. ``batch`` says which load it belongs to.
    """
    altered = merged.altered | (merged.relinked - merged.fresh)
    for operation, records, rows in (
        (Operation.COLLECTION, merged.fresh, set_aside),
        (Operation.ALTERATION, altered, tried_again),
    ):
        if records or rows:
            named = {*records, *(row_name(force, number) for number in rows)}
            detail = {**batch, "rows": len(rows)} if rows else {**batch}
            yield _entry(operation, actor, force, grounds, named, detail)


def row_entry(
    operation: Operation, subject: Subject, force: str, numbers: Collection[int], grounds: Grounds, denied: str = ""
) -> Entry:
    """Of rows in quarantine that somebody of the force reads, corrects or discards, or asked for in vain."""
    detail: dict[str, str | int] = {"rows": len(numbers)}
    if denied:
        detail["denied"] = denied
    named = {row_name(force, number) for number in numbers}
    return _entry(operation, subject.sub, subject.force, grounds, named, detail)


def erasure_entry(actor: str, force: str, grounds: Grounds, records: Collection[str]) -> Entry:
    """Of records that somebody of the force erases."""
    return _entry(Operation.ERASURE, actor, force, grounds, records, {})


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
    *,
    of: str = "record",
    denied: str = "",
) -> Entry:
    """Of one record asked for by its id: the owner sees that it, or the decision about it, was asked for, given or not.

    ``denied`` is the rule that let nothing be asked at all.
    """
    detail: dict[str, str | int] = {"asked": identity, "of": of, "given": len(records)}
    if decision is not None:
        detail["rule"] = decision.rule
    if denied:
        detail["denied"] = denied
    named = {record.id for record in records} | {link.id for record in records for link in record.links}
    return _request_entry(force, subject, grounds, named, detail)


def _request_entry(
    force: str, subject: Subject, grounds: Grounds, named: set[str], detail: dict[str, str | int]
) -> Entry:
    discloses = bool(named) and subject.force != force
    operation = Operation.DISCLOSURE if discloses else Operation.CONSULTATION
    recipients = (f"{subject.sub}@{subject.force}",) if discloses else ()
    return _entry(operation, subject.sub, subject.force, grounds, named, detail, recipients)


def _entry(
    operation: Operation,
    actor: str,
    actor_force: str,
    grounds: Grounds | None,
    named: Collection[str],
    detail: dict[str, str | int],
    recipients: tuple[str, ...] = (),
) -> Entry:
    stated: dict[str, Any] = {name: getattr(grounds, name, None) or None for name in Grounds.model_fields}
    return Entry(
        operation=operation,
        actor=actor,
        actor_force=actor_force,
        subject=Records.of(named),
        recipients=recipients,
        request_id=request_id.get(),
        detail=detail,
        **stated,
    )
