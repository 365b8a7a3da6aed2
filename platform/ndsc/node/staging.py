"""Records as tuples of PostgreSQL's binary COPY format, ready to be sent in one piece; and links.

A batch is written out away from the database, so that the next one can be made while the database merges this one.
The policy facts and the envelope of a record repeat over an export: they are written once for each distinct set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
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
"""The columns of a record's tuple, in their order."""

Statement = tuple[str, str, str, str, str]
"""A link as the columns of its table: stated by, source, target, role, and subject category or nothing."""

_CATEGORISED = (Event, Object)
_DIGEST_BYTES = 32
_CACHED_ENVELOPES = 20_000
_CACHED_FRAMES = 512
"""Few: where each row has an envelope of its own, a frame is of no use again and keeps that envelope."""
_COLUMN_COUNT = len(STAGED).to_bytes(2, "big")
_DIGEST_LENGTH = _DIGEST_BYTES.to_bytes(4, "big")
_JSONB_VERSION = b"\x01"
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Staged(NamedTuple):
    """A record as a tuple for COPY, with what tells whether it says something new."""

    tuple: bytes
    digest: bytes
    updated_at: datetime
    row: int
    """Which row of the batch, from 0, was the first to describe it."""


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
    """What some source rows say, ready for COPY. The first row that describes a record has its word."""

    rows_done: int = 0
    rows: list[str] = field(default_factory=list)
    """The first record of each row."""
    bad: list[BadLine] = field(default_factory=list)
    records: dict[str, Staged] = field(default_factory=dict)
    links: dict[Statement, None] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        """For another process: few and long pieces, which take a third of the time that as many objects would."""
        tuples, digests, times, rows = zip(*self.records.values(), strict=True) if self.records else ((), (), (), ())
        lengths = list(map(len, tuples))
        records = (list(self.records), b"".join(tuples), lengths, b"".join(digests), times, rows)
        return _batch_of, (self.rows_done, self.rows, self.bad, records, list(self.links))

    def forget(self, known: Collection[str]) -> None:
        """Leave out records that an earlier row of this export has described already."""
        for identity in known:
            self.records.pop(identity, None)


def _batch_of(
    rows_done: int, rows: list[str], bad: list[BadLine], records: tuple[Any, ...], links: list[Statement]
) -> Batch:
    identities, tuples, lengths, digests, times, owners = records
    ends = accumulate(lengths, initial=0)
    each = [tuples[start:end] for start, end in pairwise(ends)]
    digest = [digests[start : start + _DIGEST_BYTES] for start in range(0, len(digests), _DIGEST_BYTES)]
    staged = map(Staged, each, digest, times, owners)
    return Batch(rows_done, rows, bad, dict(zip(identities, staged, strict=True)), dict.fromkeys(links))


class Frame(NamedTuple):
    """What the tuples of many records have in common, as bytes."""

    envelope: Record
    """Kept so that its identity, which the frame is remembered by, is not given to another."""
    system: bytes
    times: bytes
    """With the length of the digest, which comes next."""
    hashed: bytes
    facts: bytes
    written: bytes


class Writer:
    """Writes records as tuples, remembering the bytes of facts and envelopes that come again and again."""

    def __init__(self) -> None:
        self._frames: dict[Any, Frame] = {}
        self._governance: dict[Any, tuple[bytes, bytes, bytes]] = {}

    def stage(self, batch: Batch, mapped: Mapped) -> list[str]:
        """Add one mapped row to ``batch``; answers the ids of the records that other rows may describe too.

        Raises :class:`ValueProblem` and adds nothing if any of it cannot be stored.
        """
        categories = _categories(mapped.ties)
        source = mapped.source
        origin = _jsonb(_origin(source.connector, source.file, source.copied_from) + b"%d}" % mapped.line)
        row, records = len(batch.rows), batch.records
        written = {
            part.id: self._staged(part, source, origin, categories.get(part.id, ()), row)
            for part in mapped.parts
            if part.id not in records
        }
        primary = mapped.parts[0].id
        records.update(written)
        batch.rows.append(primary)
        for tie in mapped.ties:
            batch.links[primary, tie.source, tie.target, tie.role, tie.subject_category or ""] = None
        own = f"{mapped.reference}/"
        return [part.id for part in mapped.parts[1:] if not part.reference.startswith(own)]

    def _staged(
        self, part: Built, source: Provenance, origin: bytes, categories: Collection[SubjectCategory], row: int
    ) -> Staged:
        frame = self._frame(part, source, categories)
        body = part.said.json
        if not part.reference.isalnum():
            storable(to_json(part.reference))
        identity, reference = part.id.encode(), part.reference.encode()
        digest = hashlib.sha256(frame.hashed + body).digest()
        written = b"".join(  # what ``_field`` and ``_jsonb`` do, without a call for each
            (
                *(_COLUMN_COUNT, len(identity).to_bytes(4, "big"), identity, frame.system),
                *(len(reference).to_bytes(4, "big"), reference, frame.times, digest, frame.facts),
                *((len(body) + 1).to_bytes(4, "big"), _JSONB_VERSION, body, frame.written, origin),
            )
        )
        return Staged(written, digest, part.envelope.updated_at, row)

    def _frame(self, part: Built, source: Provenance, categories: Collection[SubjectCategory]) -> Frame:
        envelope = part.envelope
        key = (id(envelope), _told(part), categories)
        frame = self._frames.get(key)
        if frame is None:
            if len(self._frames) >= _CACHED_FRAMES:
                self._frames.clear()
            recorded, updated = envelope.recorded_at, envelope.updated_at
            facts, governed, written = self._governed(part, source, categories)
            frame = self._frames[key] = Frame(
                envelope=envelope,
                system=_field(envelope.source_system.encode()),
                times=_moment(recorded) + _moment(updated) + _DIGEST_LENGTH,
                hashed=b"\x1f".join((recorded.isoformat().encode(), updated.isoformat().encode(), governed, b"")),
                facts=facts,
                written=written,
            )
        return frame

    def _governed(
        self, part: Built, source: Provenance, categories: Collection[SubjectCategory]
    ) -> tuple[bytes, bytes, bytes]:
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
            known = (b"".join(map(_scalar, facts.__dict__.values())), said, _jsonb(said))
            self._governance[key] = known
        return known


@lru_cache(maxsize=64)
def _origin(connector: str, file: str | None, copied_from: str | None) -> bytes:
    """A provenance's column up to its line, which alone differs from row to row."""
    stated = {"connector": connector, "file": file, "copied_from": copied_from}
    return storable(to_json({name: value for name, value in stated.items() if value}))[:-1] + b',"line":'


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


# Of the binary format, a field is its length and its bytes (PostgreSQL manual, COPY, Binary Format).


def _field(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _jsonb(json: bytes) -> bytes:
    return _field(_JSONB_VERSION + json)


def _moment(moment: datetime) -> bytes:
    """Microseconds since 2000."""
    return _field(((moment - _POSTGRES_EPOCH) // _MICROSECOND).to_bytes(8, "big", signed=True))


def _scalar(value: object) -> bytes:
    """A policy fact, as the type that ``columns_of`` gives its column."""
    match value:
        case bool():
            return _field(b"\x01" if value else b"\x00")
        case int():
            return _field(value.to_bytes(8, "big", signed=True))
        case _:
            return _field(str(value).encode())
