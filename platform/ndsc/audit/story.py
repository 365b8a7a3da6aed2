"""An entry as one sentence that a person reads: who did what to which records, for what, and who received them."""

from __future__ import annotations

from collections.abc import Sequence

from ndsc.audit.entries import Entry, Operation, Subject

_NAMED = 3

_DID = {
    Operation.COLLECTION: "collected",
    Operation.ALTERATION: "altered",
    Operation.CONSULTATION: "consulted",
    Operation.DISCLOSURE: "was given",
    Operation.COMBINATION: "saw together",
    Operation.ERASURE: "erased",
}

_FOR = {
    "statutory-duty": "under a statutory duty",
    "lawfulness": "to verify that processing was lawful",
    "self-monitoring": "to monitor its own work",
    "integrity-and-security": "to keep the data whole and secure",
    "criminal-proceedings": "for criminal proceedings",
    "commissioner": "at the Information Commissioner's request",
}

_COUNTED = {"elements": "blinded index key", "tokens": "index token"}
"""What the parts count that never see a record: the evaluator and the registry."""


def tell(entry: Entry) -> str:
    """One sentence, without the time. Everything in it is in the entry; nothing is looked up."""
    parts = [_who(entry), _DID[entry.operation], _what(entry)]
    if entry.purpose:
        parts.append(_FOR.get(entry.purpose, f"to {entry.purpose.replace('-', ' ')}"))
    if entry.legal_basis:
        parts.append(f"on the ground of {entry.legal_basis}")
    if entry.reference:
        parts.append(f"for {entry.reference}")
    sentence = " ".join(parts)
    if entry.justification:
        sentence += f", saying “{entry.justification}”"
    others = [recipient for recipient in entry.recipients if recipient not in _self(entry)]
    if others:
        sentence += f"; passed to {_list(others)}"
    return sentence + "."


def _who(entry: Entry) -> str:
    return f"{entry.actor} of {entry.actor_force}" if entry.actor_force else entry.actor


def _self(entry: Entry) -> tuple[str, ...]:
    force = entry.actor_force or ""
    return (entry.actor, force, f"{entry.actor}@{force}")


def _what(entry: Entry) -> str:
    if "log" in entry.detail:
        return f"the audit log of {entry.detail['log']}"
    for counted, noun in _COUNTED.items():
        if counted in entry.detail:
            number = int(entry.detail[counted])
            return f"{number:,} {noun}{'' if number == 1 else 's'}"
    if entry.operation is Operation.CONSULTATION and not entry.subject.count:
        return "no record (none was held, or none could be shown)"
    return _records(entry.subject)


def _records(subject: Subject) -> str:
    noun = "record" if subject.count == 1 else "records"
    if not subject.records:
        return f"{subject.count:,} {noun}"
    named = list(subject.records[:_NAMED])
    if subject.count > len(named):
        return f"{subject.count:,} {noun} ({', '.join(named)} and {subject.count - len(named):,} more)"
    return f"{noun} {_list(named)}"


def _list(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
