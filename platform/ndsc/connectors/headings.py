"""Which name of a file stands for which column of the connector: names change between versions of an export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ndsc.connectors.connector import Column, Connector, RecordOf, ValueOf
from ndsc.connectors.errors import UnreadableFileError


def folded(name: str) -> str:
    """A heading without what typists vary: letter case, spaces at the ends and doubled."""
    return " ".join(name.replace("﻿", "").split()).casefold()


def needed_columns(connector: Connector) -> list[str]:
    """Every column that the connector reads, in order of first use (for CSV: headings)."""
    found: dict[str, None] = {}
    for name in _mentioned(connector):
        found.setdefault(name.removeprefix("/"))
    return list(found)


def _mentioned(connector: Connector) -> Iterator[str]:
    yield from connector.reference.columns
    yield from connector.reference.otherwise
    yield from _of_fields(connector.envelope.__dict__.values())
    for record in connector.records:
        yield from _of_record(record)
    for link in connector.links:
        yield from _of_fields([link.subject_category])


def _of_record(record: RecordOf) -> Iterator[str]:
    yield from (*record.when_all, *record.when_any, *record.reference)
    yield from _of_fields(record.fields.values())
    yield from _of_fields(record.envelope.__dict__.values())


def _of_fields(fields: object) -> Iterator[str]:
    for field in fields:  # type: ignore[attr-defined]  # an iterable of anything: what is not a field is passed over
        if isinstance(field, ValueOf):
            yield from field.sources


def resolve_header(header: Sequence[str], connector: Connector) -> list[str]:
    """The connector's name of each heading; a heading that it does not know keeps its own.

    A column's own name goes before its aliases, and those go in order. Raises :class:`UnreadableFileError` when a
    column that it needs is not there, or two headings of the file are the same.
    """
    headings = [folded(name) for name in header]
    for heading in headings:
        if heading and headings.count(heading) > 1:
            raise UnreadableFileError(f"the heading {heading[:60]!r} stands in the file twice")
    names = [heading.strip() for heading in header]
    missing = []
    for column in needed_columns(connector):
        known = connector.columns.get(column, Column())
        place = _place(headings, (column, *known.aliases))
        if place is not None:
            names[place] = column
        elif not known.optional:
            missing.append(column)
    if missing:
        raise UnreadableFileError(
            f"the file has no column {', '.join(repr(name) for name in missing[:8])}"
            f" that connector {connector.connector} needs",
            hint=f"its columns are: {', '.join(name[:40] for name in names[:30])}",
        )
    return names


def _place(headings: Sequence[str], spellings: Sequence[str]) -> int | None:
    for spelling in spellings:
        if folded(spelling) in headings:
            return headings.index(folded(spelling))
    return None
