"""Reading a log is processing too: it needs one of the purposes that the law allows, and is itself entered first."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ndsc.audit.entries import Entry, Operation
from ndsc.audit.log import AuditLog, StoredEntry
from ndsc.audit.purposes import ReadingPurpose


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads, what for, and which entries they ask for; ``limit`` is the newest so many."""

    reader: str
    purpose: ReadingPurpose
    reason: str = ""
    since: datetime | None = None
    actor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, and the name of the log it stands in."""

    log: str
    stored: StoredEntry
    entry: Entry


def read(logs: Mapping[str, AuditLog], reading: Reading) -> list[Line]:
    """The newest entries of these logs as one story, oldest first; each log holds an entry about this reading before
    anything of it is read. Raises AuditUnavailableError when that entry cannot be written.
    """
    stories = [_lines(name, log, reading) for name, log in logs.items()]
    merged = heapq.merge(*stories, key=lambda line: line.entry.at)
    return list(merged)[-reading.limit :]


def _lines(name: str, log: AuditLog, reading: Reading) -> list[Line]:
    own = log.append(_about(name, reading))
    stored = log.entries(since=reading.since, actor=reading.actor, limit=reading.limit, newest=True, before=own)
    return sorted((Line(name, each, each.entry) for each in stored), key=lambda line: line.entry.at)


def _about(name: str, reading: Reading) -> Entry:
    detail: dict[str, str | int] = {"log": name, "limit": reading.limit}
    if reading.since is not None:
        detail["since"] = reading.since.isoformat()
    if reading.actor is not None:
        detail["about"] = reading.actor
    return Entry(
        operation=Operation.CONSULTATION,
        actor=reading.reader,
        purpose=reading.purpose.value,
        justification=reading.reason or None,
        legal_basis=reading.purpose.legal_basis,
        detail=detail,
    )
