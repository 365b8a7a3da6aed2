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

from pydantic_core import PydanticSerializationError, to_json

from ndsc.connectors.mapping import Mapped
from ndsc.model.facts import PolicyFacts, facts_of
from ndsc.model.pole import Event, Object, Person, SubjectCategory
from ndsc.model.record import Link, Record

ENVELOPE = ("marking", "grading", "public_interest_immunity", "retention_group", "review_on", "assertion")
"""What the ``envelope`` column holds of a record."""

STAGED = (
    *("id", "source_system", "source_reference", "recorded_at", "updated_at", "content_hash"),
    *PolicyFacts.model_fields,
    *("body", "envelope", "provenance"),
)
"""The columns of a record's line, in their order."""

_CACHED_ENVELOPES = 20_000
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
"""COPY's text format gives these four a meaning (PostgreSQL manual, COPY, File Formats)."""


class UnstorableError(ValueError):
    """A record holds text that PostgreSQL cannot store, such as a NUL character or a lone surrogate."""


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

    def forget(self, known: Collection[str]) -> None:
        """Leave out records that an earlier row of this export has described already."""
        for identity in known:
            self.records.pop(identity, None)
        if known:
            for row in self.rows:
                row.owned = [identity for identity in row.owned if identity in self.records]


class Writer:
    """Writes records as lines, remembering the text of facts and envelopes that come again and again."""

    def __init__(self) -> None:
        self._governance: dict[Any, tuple[str, bytes, str]] = {}

    def stage(self, batch: Batch, line: int, mapped: Mapped) -> list[str]:
        """Add one mapped row to ``batch``; answers the ids of the records that other rows may describe too.

        Raises :class:`UnstorableError` and adds nothing if any of it cannot be stored.
        """
        categories = _categories(mapped.links)
        written = {
            identity: self._line(record, identity, categories.get(identity, ()))
            for record, identity in zip(mapped.records, mapped.ids, strict=True)
            if identity not in batch.records
        }
        primary = mapped.ids[0]
        batch.records.update(written)
        if mapped.links:
            stated = batch.links.setdefault(primary, {})
            for link in mapped.links:
                stated[link_line(primary, link)] = (link.source, link.target)
        batch.rows.append(StagedRow(line, primary, list(written)))
        own = f"{mapped.reference}/"
        shared = zip(mapped.records[1:], mapped.ids[1:], strict=True)
        return [identity for record, identity in shared if not record.source_reference.startswith(own)]

    def _line(self, record: Record, identity: str, categories: Collection[SubjectCategory]) -> Line:
        facts, digest_part, envelope = self._governed(record, categories)
        origin = record.provenance
        try:
            body = record.body.__pydantic_serializer__.to_json(record.body, exclude_none=True)
        except PydanticSerializationError as error:
            raise UnstorableError("it holds half of a character (a lone surrogate)") from error
        recorded, updated = _moment(record.recorded_at), _moment(record.updated_at)
        _storable(body)
        _storable(to_json(record.source_reference))
        digest = hashlib.sha256(b"\x1f".join((recorded.encode(), updated.encode(), digest_part, body))).digest()
        columns = (
            identity,
            record.source_system.translate(_ESCAPES),
            record.source_reference.translate(_ESCAPES),
            recorded,
            updated,
            f"\\\\x{digest.hex()}",
            facts,
            _escaped(body),
            envelope,
            _origin(origin.connector, origin.file, origin.copied_from) + f"{origin.line or 'null'}}}",
        )
        return Line("\t".join(columns), digest, record.updated_at)

    def _governed(self, record: Record, categories: Collection[SubjectCategory]) -> tuple[str, bytes, str]:
        """The columns of the facts, the bytes of the envelope for the content hash, and the envelope's column."""
        body = record.body
        key = (
            body.kind,
            body.category if isinstance(body, Event | Object) else None,
            _born(record, body) if isinstance(body, Person) else None,
            record.marking,
            record.grading,
            record.public_interest_immunity,
            record.retention_group,
            record.review_on,
            record.assertion,
            record.force,
            record.updated_at.date(),
            tuple(categories),
        )
        known = self._governance.get(key)
        if known is None:
            if len(self._governance) >= _CACHED_ENVELOPES:
                self._governance.clear()
            facts = facts_of(record, categories)
            envelope = _storable(record.model_dump_json(include=set(ENVELOPE), exclude_none=True).encode())
            known = ("\t".join(map(_scalar, facts.__dict__.values())), envelope, _escaped(envelope))
            self._governance[key] = known
        return known


@lru_cache(maxsize=4096)
def _moment(moment: datetime) -> str:
    return moment.isoformat()


@lru_cache(maxsize=64)
def _origin(connector: str, file: str | None, copied_from: str | None) -> str:
    """A provenance's column up to its line, which alone differs from row to row."""
    stated = {"connector": connector, "file": file, "copied_from": copied_from}
    return _escaped(_storable(to_json({name: value for name, value in stated.items() if value})))[:-1] + ',"line":'


def _storable(text: bytes) -> bytes:
    """The same JSON. Raises :class:`UnstorableError` if it holds what PostgreSQL's text and JSONB do not."""
    if b"\\u0000" in text:
        raise UnstorableError("it holds a NUL character")
    return text


def _born(record: Record, person: Person) -> tuple[object, ...]:
    """What the facts say of a person's age is worked out from."""
    if person.date_of_birth is not None or person.age_range is None:
        return (person.date_of_birth,)
    return (person.age_range, record.recorded_at.date())


def link_line(stated_by: str, link: Link) -> str:
    """A link as a line for COPY; identities and codes need no escaping."""
    return f"{stated_by}\t{link.source}\t{link.target}\t{link.role}\t{link.subject_category or ''}"


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces, for digests."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _categories(links: Collection[Link]) -> dict[str, tuple[SubjectCategory, ...]]:
    found: dict[str, tuple[SubjectCategory, ...]] = {}
    for link in links:
        if link.subject_category is not None:
            for end in (link.source, link.target):
                found[end] = (*found.get(end, ()), link.subject_category)
    return found


def _escaped(data: bytes) -> str:
    # In JSON every other character with a meaning to COPY is already written as a backslash escape.
    return data.decode().replace("\\", "\\\\")


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).translate(_ESCAPES)
