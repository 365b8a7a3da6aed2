"""Turns source rows into a batch: numbers them, maps them, and sets the bad ones aside with their reasons.

A source's reference may come again in one export (data.police.uk repeats crime ids, and whole rows): the n-th row of a
reference is a record of its own. A thing that many rows describe, such as a place, is what the first of them says.
"""

from __future__ import annotations

from collections.abc import Sequence

from ndsc.connectors.mapping import Mapper, Rejected
from ndsc.connectors.rows import MAX_RAW, BadRow, RawRow, storable
from ndsc.node.occurrences import Occurrences
from ndsc.node.staging import BadLine, Batch, UnstorableError, Writer


class Preparer:
    """Makes batches of one export, in order."""

    def __init__(self, mapper: Mapper, occurrences: Occurrences) -> None:
        self._mapper = mapper
        self._occurrences = occurrences
        self._writer = Writer()

    def prepare(self, rows: Sequence[RawRow | BadRow]) -> Batch:
        """The batch that these rows make."""
        batch = Batch()
        readable = [row for row in rows if isinstance(row, RawRow)]
        batch.bad = [_unread(row) for row in rows if isinstance(row, BadRow)]
        numbers = self._occurrences.number("reference", [self._mapper.reference(row) for row in readable])
        others: dict[str, None] = {}
        for row, number in zip(readable, numbers, strict=True):
            others.update(dict.fromkeys(map_row(self._mapper, self._writer, row, number, batch)))
        batch.bad.sort(key=lambda bad: bad.line)
        for bad, repeat in zip(batch.bad, self._occurrences.number("bad", [b.raw for b in batch.bad]), strict=True):
            bad.repeat = repeat
        shared = list(others)
        times = self._occurrences.number("record", shared)
        batch.forget([identity for identity, time in zip(shared, times, strict=True) if time > 1])
        return batch


def map_row(mapper: Mapper, writer: Writer, row: RawRow, occurrence: int, batch: Batch) -> list[str]:
    """Add one row to the batch, or set it aside; answers the ids that other rows may describe too."""
    mapped = mapper.map(row, occurrence)
    if isinstance(mapped, Rejected):
        batch.bad.append(_bad(row, occurrence, mapped.reason, mapped.detail, mapped.field or None))
        return []
    try:
        return writer.stage(batch, row.line, mapped)
    except UnstorableError as error:
        batch.bad.append(_bad(row, occurrence, "unstorable", str(error), None))
        return []


def _unread(row: BadRow) -> BadLine:
    return BadLine(line=row.line, reason=row.reason, detail=row.detail, field=None, raw=row.raw, values={})


def _bad(row: RawRow, occurrence: int, reason: str, detail: str, field: str | None) -> BadLine:
    values = {storable(name): storable(value) for name, value in row.values.items()}
    return BadLine(row.line, reason, detail, field, storable(row.raw[:MAX_RAW]), values, occurrence)
