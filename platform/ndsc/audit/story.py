"""An entry as one sentence that a person reads: who did what to which records, for what, and who received them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ndsc.audit.entries import Entry, Operation
from ndsc.model.sharing import Purpose

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
    **{
        purpose.value: f"to {purpose.value.replace('-', ' ')}"
        for purpose in Purpose
        if purpose is not Purpose.STATUTORY_DUTY
    },
}


def tell(entry: Entry) -> str:
    """One sentence, without the time. Everything in it is in the entry; nothing is looked up, and no zero is told."""
    told = next((told for mark, told in _TOLD.items() if mark in entry.detail), _plainly)
    parts = [_who(entry), told(entry)]
    if entry.purpose:
        parts.append(_FOR.get(entry.purpose, f"for “{entry.purpose}”"))  # a purpose that is none is refused, and told
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


def _plainly(entry: Entry) -> str:
    return f"{_DID[entry.operation]} {_records(entry)}"


def _denied(entry: Entry) -> str:
    if "asked" in entry.detail:
        asked = f"{_asked_for(entry)} and was"
    else:
        asked = "asked for rows in quarantine and was" if "rows" in entry.detail else "asked to search and was"
    return f"{asked} refused ({entry.detail['denied']})"


def _read_a_log(entry: Entry) -> str:
    about = f"what {entry.detail['about']} did, in " if "about" in entry.detail else ""
    return f"consulted {about}the audit log of {entry.detail['log']}"


def _evaluated(entry: Entry) -> str:
    return f"had {_counted(entry, 'elements', 'blinded index key')} made into tokens"


def _looked_up(entry: Entry) -> str:
    said = f"asked which forces hold something under {_counted(entry, 'tokens', 'index token')}"
    if entry.detail["holders"]:
        said += f" and was told of {_counted(entry, 'holders', 'force')}"
    if entry.detail.get("noticed"):
        said += f"; a notice was left for {_counted(entry, 'noticed', 'silent entry')}"
    return said


def _changed_index(entry: Entry) -> str:
    done = [
        f"{verb} {_counted(entry, name, 'index entry')}"
        for name, verb in (("added", "wrote"), ("removed", "removed"))
        if entry.detail.get(name)
    ]
    return " and ".join(done) or "told the index what it knew already"


def _rebuilt(entry: Entry) -> str:
    if not entry.detail["rebuilt"]:
        return "made its part of the index anew, which is empty"
    return f"made its part of the index anew, of {_counted(entry, 'rebuilt', 'index entry')}"


def _catalogued(entry: Entry) -> str:
    if not entry.detail["datasets"]:
        return "said that it has nothing for the catalogue"
    return f"said anew what it has, in {_counted(entry, 'datasets', 'line')} of the catalogue"


def _answered(entry: Entry) -> str:
    """What a node was asked, by search or for one record, and what it gave."""
    if "asked" in entry.detail:
        return _answered_one(entry)
    given = "was given" if entry.operation is Operation.DISCLOSURE else "consulted"
    how = "searched" if entry.detail.get("tokens") else "searched by name alone"
    said = f"{how} and {given} {_records(entry)}"
    if entry.detail.get("withheld"):
        said += f" ({int(entry.detail['withheld']):,} withheld)"
    return said


def _answered_one(entry: Entry) -> str:
    if not entry.detail["given"]:
        rule = f" (rule {entry.detail['rule']})" if "rule" in entry.detail else ""
        return _asked_for(entry) + ("" if entry.detail.get("of") == "decision" else " and was not given it") + rule
    said = f"{_DID[entry.operation]} record {entry.detail['asked']}"
    others = entry.subject.count - 1
    return f"{said} and {_number(others, 'record')} linked with it" if others > 0 else said


def _asked_for(entry: Entry) -> str:
    what = "the decision about record" if entry.detail.get("of") == "decision" else "record"
    return f"asked for {what} {entry.detail['asked']}"


def _searched(entry: Entry) -> str:
    verb = "saw together" if entry.operation is Operation.COMBINATION else "saw"
    return f"searched and {verb} {_records(entry)}"


_TOLD: dict[str, Callable[[Entry], str]] = {
    "denied": _denied,
    "log": _read_a_log,
    "elements": _evaluated,
    "holders": _looked_up,
    "added": _changed_index,
    "rebuilt": _rebuilt,
    "datasets": _catalogued,
    "given": _answered,
    "rule": _searched,
}
"""By the first of these words that stands in an entry's detail: each part of the platform writes its own."""


def _records(entry: Entry) -> str:
    """The records, and the rows in quarantine: both are named or counted in the entry's subject."""
    rows = int(entry.detail.get("rows", 0))
    named_rows = [name.rpartition(".")[2] for name in entry.subject.records if ".quarantine." in name]
    named = [name for name in entry.subject.records if ".quarantine." not in name]
    told = [
        _few(count, noun, names)
        for count, noun, names in ((entry.subject.count - rows, "record", named), (rows, "row", named_rows))
        if count
    ]
    return " and ".join(told) + (" in quarantine" if rows else "") if told else "no record"


def _few(count: int, noun: str, names: Sequence[str]) -> str:
    if not names:
        return _number(count, noun)
    if count > _NAMED:
        return f"{_number(count, noun)} ({', '.join(names[:_NAMED])} and {count - _NAMED:,} more)"
    return f"{noun if count == 1 else _plural(noun)} {_list(names)}"


def _counted(entry: Entry, name: str, noun: str) -> str:
    return _number(int(entry.detail[name]), noun)


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"


def _list(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
