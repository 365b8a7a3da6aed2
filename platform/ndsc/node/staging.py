"""Records and links as lines of PostgreSQL's COPY text format, ready to be sent in one piece.

A batch is made into text away from the database, so that the next one can be made while the database merges this one.
The policy facts and the envelope of a record repeat over an export: their text is made once for each distinct set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic_core import to_json

from ndsc.connectors.bodies import Built
from ndsc.connectors.bodies_alike import storable
from ndsc.connectors.mapping import Mapped, Tie
from ndsc.model.facts import PolicyFacts, facts_of
from ndsc.model.pole import Event, Object, Person, SubjectCategory
from ndsc.model.record import Provenance, Record

ENVELOPE = ("marking", "grading", "public_interest_immunity", "retention_group", "review_on", "assertion")
"""What the ``envelope`` column holds of a record."""

STAGED = (
    *("id", "source_system", "source_reference", "recorded_at", "updated_at", "content_hash"),
    *PolicyFacts.model_fields,
    *("body", "envelope", "provenance"),
)
"""The columns of a record's line, in their order."""

_CATEGORISED = (Event, Object)
_DIGEST_BYTES = 32
_CACHED_ENVELOPES = 20_000
_CACHED_FRAMES = 512
"""Few: where each row has an envelope of its own, a frame is of no use again and keeps that envelope."""
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
"""COPY's text format gives these four a meaning (PostgreSQL manual, COPY, File Formats)."""


@dataclass(slots=True)
class StagedRow:
    """One source row: its first record, and those of its records that no earlier row of the export described."""

    line: int
    primary: str
    owned: list[str]


class Line(NamedTuple):
    """A record as a line for COPY, with what tells whether it says something new."""

    text: str
    digest: bytes
    updated_at: datetime


@dataclass(slots=True)
class BadLine:
    """A source row that could not be taken in."""

    line: int
    reason: str
    detail: str
    field: str | None
    raw: str
    values: dict[str, str]
    occurrence: int = 1
    repeat: int = 1

    @property
    def digest(self) -> bytes:
        """Of the row's text, by which the same bad row is known again."""
        return hashlib.sha256(self.raw.encode("utf-8", "surrogatepass")).digest()


@dataclass(slots=True)
class Batch:
    """What some source rows say, as text for COPY. The first row that describes a record has its word."""

    rows_done: int = 0
    rows: list[StagedRow] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    records: dict[str, Line] = field(default_factory=dict)
    links: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    """First record of a row to the lines of its links, each with its two ends."""

    def __reduce__(self) -> tuple[Any, ...]:
        """For another process: few and long pieces, which take a third of the time that as many objects would."""
        rows = ([row.line for row in self.rows], [row.primary for row in self.rows], [row.owned for row in self.rows])
        lines = self.records.values()
        records = (
            list(self.records),
            "\n".join([line.text for line in lines]),  # within a line it is written as a backslash and an n
            b"".join([line.digest for line in lines]),
            [line.updated_at for line in lines],
        )
        return _batch_of, (self.rows_done, rows, self.bad, records, self.links)

    def forget(self, known: Collection[str]) -> None:
        """Leave out records that an earlier row of this export has described already."""
        for identity in known:
            self.records.pop(identity, None)
        if known:
            for row in self.rows:
                row.owned = [identity for identity in row.owned if identity in self.records]


def _batch_of(rows_done: int, rows: tuple[Any, ...], bad: list[BadLine], records: tuple[Any, ...], links: Any) -> Batch:
    identities, texts, digests, times = records
    each = [digests[start : start + _DIGEST_BYTES] for start in range(0, len(digests), _DIGEST_BYTES)]
    lines = map(Line, texts.split("\n"), each, times)
    return Batch(rows_done, list(map(StagedRow, *rows)), bad, dict(zip(identities, lines, strict=False)), links)


class Frame(NamedTuple):
    """What the lines of many records have in common, as text."""

    envelope: Record
    """Kept so that its identity, which the frame is remembered by, is not given to another."""
    system: str
    times: str
    hashed: bytes
    facts: str
    written: str


class Writer:
    """Writes records as lines, remembering the text of facts and envelopes that come again and again."""

    def __init__(self) -> None:
        self._frames: dict[Any, Frame] = {}
        self._governance: dict[Any, tuple[str, bytes, str]] = {}

    def stage(self, batch: Batch, mapped: Mapped) -> list[str]:
        """Add one mapped row to ``batch``; answers the ids of the records that other rows may describe too.

        Raises :class:`ValueProblem` and adds nothing if any of it cannot be stored.
        """
        categories = _categories(mapped.ties)
        source = mapped.source
        origin = f"{_origin(source.connector, source.file, source.copied_from)}{mapped.line}}}"
        written = {
            part.id: self._line(part, source, origin, categories.get(part.id, ()))
            for part in mapped.parts
            if part.id not in batch.records
        }
        primary = mapped.parts[0].id
        batch.records.update(written)
        if mapped.ties:
            stated = batch.links.setdefault(primary, {})
            for tie in mapped.ties:
                stated[link_line(primary, tie)] = (tie.source, tie.target)
        batch.rows.append(StagedRow(mapped.line, primary, list(written)))
        own = f"{mapped.reference}/"
        return [part.id for part in mapped.parts[1:] if not part.reference.startswith(own)]

    def _line(self, part: Built, source: Provenance, origin: str, categories: Collection[SubjectCategory]) -> Line:
        frame = self._frame(part, source, categories)
        reference = part.reference
        body = part.said.json
        if not reference.isalnum():
            storable(to_json(reference))
            reference = reference.translate(_ESCAPES)
        digest = hashlib.sha256(frame.hashed + body)
        text = (
            f"{part.id}\t{frame.system}\t{reference}\t{frame.times}\t\\\\x{digest.hexdigest()}\t{frame.facts}\t"
            f"{_escaped(body)}\t{frame.written}\t{origin}"
        )
        return Line(text, digest.digest(), part.envelope.updated_at)

    def _frame(self, part: Built, source: Provenance, categories: Collection[SubjectCategory]) -> Frame:
        envelope = part.envelope
        key = (id(envelope), _told(part), categories)
        frame = self._frames.get(key)
        if frame is None:
            if len(self._frames) >= _CACHED_FRAMES:
                self._frames.clear()
            recorded, updated = envelope.recorded_at.isoformat(), envelope.updated_at.isoformat()
            facts, governed, written = self._governed(part, source, categories)
            frame = self._frames[key] = Frame(
                envelope=envelope,
                system=envelope.source_system.translate(_ESCAPES),
                times=f"{recorded}\t{updated}",
                hashed=b"\x1f".join((recorded.encode(), updated.encode(), governed, b"")),
                facts=facts,
                written=written,
            )
        return frame

    def _governed(
        self, part: Built, source: Provenance, categories: Collection[SubjectCategory]
    ) -> tuple[str, bytes, str]:
        """The columns of the facts, the bytes of the envelope for the content hash, and the envelope's column."""
        envelope = part.envelope
        key = (
            _told(part),
            envelope.marking,
            envelope.grading,
            envelope.public_interest_immunity,
            envelope.retention_group,
            envelope.review_on,
            envelope.assertion,
            envelope.force,
            envelope.updated_at.date(),
            categories,
        )
        known = self._governance.get(key)
        if known is None:
            if len(self._governance) >= _CACHED_ENVELOPES:
                self._governance.clear()
            facts = facts_of(part.record(source), categories)
            said = storable(envelope.model_dump_json(include=set(ENVELOPE), exclude_none=True).encode())
            known = ("\t".join(map(_scalar, facts.__dict__.values())), said, _escaped(said))
            self._governance[key] = known
        return known


@lru_cache(maxsize=64)
def _origin(connector: str, file: str | None, copied_from: str | None) -> str:
    """A provenance's column up to its line, which alone differs from row to row."""
    stated = {"connector": connector, "file": file, "copied_from": copied_from}
    return _escaped(storable(to_json({name: value for name, value in stated.items() if value})))[:-1] + ',"line":'


def _told(part: Built) -> object:
    """What the facts are told by a body, besides what they are told by its envelope."""
    body = part.said.pattern
    if isinstance(body, _CATEGORISED):
        return body.__class__, body.category
    if not isinstance(body, Person):
        return body.__class__
    if body.date_of_birth is not None or body.age_range is None:
        return Person, body.date_of_birth
    return Person, body.age_range, part.envelope.recorded_at.date()


def link_line(stated_by: str, tie: Tie) -> str:
    """A link as a line for COPY; identities and codes need no escaping."""
    return "\t".join((stated_by, tie.source, tie.target, tie.role, tie.subject_category or ""))


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces, for digests."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _categories(ties: Collection[Tie]) -> dict[str, tuple[SubjectCategory, ...]]:
    found: dict[str, tuple[SubjectCategory, ...]] = {}
    for tie in ties:
        if tie.subject_category is not None:
            for end in (tie.source, tie.target):
                found[end] = (*found.get(end, ()), tie.subject_category)
    return found


def _escaped(data: bytes) -> str:
    # In JSON every other character with a meaning to COPY is already written as a backslash escape.
    return data.decode().replace("\\", "\\\\")


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).translate(_ESCAPES)
