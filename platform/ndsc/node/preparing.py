"""Turns source rows into a batch: numbers them, maps them, and sets the bad ones aside with their reasons.

A source's reference may come again in one export (data.police.uk repeats crime ids, and whole rows): the n-th row of a
reference is a record of its own. A thing that many rows describe, such as a place, is what the first of them says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ndsc.connectors.mapping import Mapper, Rejected
from ndsc.connectors.rows import MAX_RAW, BadRow, RawRow, storable
from ndsc.connectors.values import ValueProblem
from ndsc.node.staging import BadLine, Batch, Writer

if TYPE_CHECKING:  # a process that only maps has no database driver
    from ndsc.node.occurrences import Occurrences

Rows = Sequence[RawRow | BadRow]


class Preparer:
    """Makes batches of one export in three steps, each of which takes the rows in order.

    The steps touch nothing of each other's: one batch can be numbered and another settled, by one other thread, while
    a third is mapped.
    """

    def __init__(self, mapper: Mapper, occurrences: Occurrences) -> None:
        self._mapper = mapper
        self._occurrences = occurrences
        self._writer = Writer()

    def number(self, rows: Rows) -> list[int]:
        """For each row that can be read, which of the rows with its reference it is: 1 for the first."""
        return self._occurrences.number("reference", [self._mapper.reference(row) for row in _readable(rows)])

    def map(self, rows: Rows, numbers: Sequence[int]) -> tuple[Batch, list[str]]:
        """The batch that these rows make, and its records that earlier rows may have described."""
        return map_rows(self._mapper, self._writer, rows, numbers)

    def settle(self, batch: Batch, shared: Sequence[str]) -> Batch:
        """The batch with its bad rows numbered, and without the records that earlier rows have described."""
        for bad, repeat in zip(batch.bad, self._occurrences.number("bad", [b.raw for b in batch.bad]), strict=True):
            bad.repeat = repeat
        times = self._occurrences.number("record", shared)
        batch.forget([identity for identity, time in zip(shared, times, strict=True) if time > 1])
        return batch


def map_rows(mapper: Mapper, writer: Writer, rows: Rows, numbers: Sequence[int]) -> tuple[Batch, list[str]]:
    """The batch that these rows make, and its records that earlier rows may have described.

    It depends on nothing else: whatever process does it, it gives the same.
    """
    batch = Batch()
    batch.bad = [_unread(row) for row in rows if isinstance(row, BadRow)]
    shared: dict[str, None] = {}
    for row, number in zip(_readable(rows), numbers, strict=True):
        for identity in map_row(mapper, writer, row, number, batch):
            shared[identity] = None
    batch.bad.sort(key=lambda bad: bad.line)
    return batch, list(shared)


def _readable(rows: Rows) -> list[RawRow]:
    return [row for row in rows if isinstance(row, RawRow)]


def map_row(mapper: Mapper, writer: Writer, row: RawRow, occurrence: int, batch: Batch) -> list[str]:
    """Add one row to the batch, or set it aside; answers the ids that other rows may describe too."""
    mapped = mapper.map(row, occurrence)
    if isinstance(mapped, Rejected):
        batch.bad.append(_bad(row, occurrence, mapped.reason, mapped.detail, mapped.field or None))
        return []
    try:
        return writer.stage(batch, mapped)
    except ValueProblem as problem:
        batch.bad.append(_bad(row, occurrence, problem.reason, problem.detail, None))
        return []


def _unread(row: BadRow) -> BadLine:
    return BadLine(line=row.line, reason=row.reason, detail=row.detail, field=None, raw=row.raw, values={})


def _bad(row: RawRow, occurrence: int, reason: str, detail: str, field: str | None) -> BadLine:
    values = {storable(name): storable(value) for name, value in row.values.items()}
    return BadLine(row.line, reason, detail, field, storable(row.raw[:MAX_RAW]), values, occurrence)
