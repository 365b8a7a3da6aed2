"""Merges a batch into the node's tables: set by set, in one transaction with its outbox, audit entries and checkpoint.

So at any moment either all of a batch is there, with its index work queued, its audit written and its rows counted, or
none of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection as Driver
from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from ndsc.node.staging import STAGED, Batch, Statement
from ndsc.node.tables import CATEGORY_COLUMNS, record

OUTBOX_CHUNK = 500
"""Record ids in one outbox row: few rows to write, and no chunk too long for one indexing transaction."""

_BINARY_HEAD, _BINARY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
"""Before and after the tuples of a COPY (PostgreSQL manual, COPY, Binary Format)."""

_COLUMNS = ", ".join(STAGED)
_LINK_COLUMNS = "stated_by, source, target, role, subject_category"
_UPDATED = [
    column.name
    for column in record.columns
    if column.name not in {"id", "source_system", "source_reference", "recorded_at", *CATEGORY_COLUMNS}
]

_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS stage_record (LIKE record) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS stage_link (LIKE link) ON COMMIT DELETE ROWS;
"""

_KNOWN = "SELECT id, content_hash, updated_at FROM record WHERE id = ANY(%s::text[])"
_ANY_ERASED = "SELECT FROM erased LIMIT 1"
_ERASED = "SELECT id FROM erased WHERE id = ANY(%s::text[])"

_UPDATE_RECORDS = f"""
UPDATE record r SET recorded_at = least(r.recorded_at, s.recorded_at),
    {", ".join(f"{name} = s.{name}" for name in _UPDATED)}
FROM stage_record s WHERE r.id = s.id AND r.id = ANY(%s::text[])
"""  # noqa: S608  # names of our own columns

_DROP_LINKS = """
DELETE FROM link l WHERE {stated} AND NOT EXISTS (
    SELECT FROM stage_link s WHERE s.stated_by = l.stated_by AND s.source = l.source AND s.target = l.target
    AND s.role = l.role AND s.subject_category = l.subject_category)
RETURNING l.stated_by, l.source, l.target, l.subject_category
"""
_DROP_OWN_LINKS = _DROP_LINKS.format(stated="l.source = ANY(%s) AND l.stated_by = l.source")
_DROP_OTHER_LINKS = _DROP_LINKS.format(stated="l.stated_by = ANY(%s) AND l.stated_by <> l.source")
"""Links that start at the record that states them, as most do, and the others: two indexes, so two statements."""

_ADD_LINKS = """
INSERT INTO link AS l (stated_by, source, target, role, subject_category)
SELECT s.stated_by, s.source, s.target, s.role, s.subject_category FROM stage_link s
ON CONFLICT DO NOTHING RETURNING l.stated_by, l.source, l.target, l.subject_category
"""

_CATEGORIES = """
UPDATE record r SET suspect = c.suspect, convicted = c.convicted, victim = c.victim, witness = c.witness,
    other_subject = c.other_subject
FROM (
    SELECT t.id, coalesce(bool_or(l.subject_category = 'suspect'), false) AS suspect,
        coalesce(bool_or(l.subject_category = 'convicted'), false) AS convicted,
        coalesce(bool_or(l.subject_category = 'victim'), false) AS victim,
        coalesce(bool_or(l.subject_category = 'witness'), false) AS witness,
        coalesce(bool_or(l.subject_category = 'other'), false) AS other_subject
    FROM unnest(%s::text[]) AS t(id) LEFT JOIN LATERAL (
        SELECT subject_category FROM link WHERE source = t.id
        UNION ALL SELECT subject_category FROM link WHERE target = t.id) l ON true
    GROUP BY t.id) c
WHERE r.id = c.id AND (r.suspect, r.convicted, r.victim, r.witness, r.other_subject)
    IS DISTINCT FROM (c.suspect, c.convicted, c.victim, c.witness, c.other_subject)
RETURNING r.id
"""

_QUARANTINE = """
INSERT INTO quarantine (load_id, connector, file, line, occurrence, reason, detail, field, raw, raw_digest, repeat,
    row_values)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT ON CONSTRAINT quarantine_row DO NOTHING
RETURNING id
"""


@dataclass(slots=True)
class Merged:
    """What a batch changed."""

    fresh: set[str] = field(default_factory=set)
    altered: set[str] = field(default_factory=set)
    relinked: set[str] = field(default_factory=set)
    """First records of the rows whose links changed."""

    def counts(self, batch: Batch) -> tuple[int, int, int]:
        """Rows loaded, changed and unchanged. A row's status goes by its first record."""
        loaded = changed = 0
        touched = {batch.records[identity].row for records in (self.fresh, self.altered) for identity in records}
        for row, primary in enumerate(batch.rows):
            if primary in self.fresh:
                loaded += 1
            elif primary in self.relinked or row in touched:
                changed += 1
        return loaded, changed, len(batch.rows) - loaded - changed


def merge(connection: Connection, batch: Batch) -> Merged:
    """Make the tables say what the batch says, and queue the index work. The caller commits, and no other one merges.

    What is new goes straight into its table; only what is known already is staged and compared.
    """
    driver = driver_of(connection)
    gone = _forget_erased(driver, batch)
    merged = _merge_records(driver, batch)
    recategorised = _merge_links(driver, batch, merged, gone)
    queue_index_work(driver, merged.fresh | merged.altered | recategorised)
    return merged


def _forget_erased(driver: Driver[Any], batch: Batch) -> set[str]:
    """Records that were erased do not come back with an old export."""
    if driver.execute(_ANY_ERASED).rowcount == 0:
        return set()
    ends = {end for statement in batch.links for end in statement[1:3]}
    gone = {identity for (identity,) in driver.execute(_ERASED, (_array(ends.union(batch.records)),)).fetchall()}
    for identity in gone:
        batch.records.pop(identity, None)
    return gone


def _merge_records(driver: Driver[Any], batch: Batch) -> Merged:
    known = {row[0]: row[1:] for row in driver.execute(_KNOWN, (_array(batch.records),)).fetchall()}
    merged = Merged(fresh={identity for identity in batch.records if identity not in known})
    for identity, (digest, updated_at) in known.items():
        staged = batch.records[identity]
        # An older export does not take back what a newer one said.
        if staged.digest != bytes(digest) and updated_at <= staged.updated_at:
            merged.altered.add(identity)
    _copy_records(driver, "record", batch, merged.fresh)
    if merged.altered:
        driver.execute(_STAGE)
        _copy_records(driver, "stage_record", batch, merged.altered)
        # Named once more: nothing is known of a table staged just now, and a join alone would read all records.
        driver.execute(_UPDATE_RECORDS, (_array(merged.altered),))
    return merged


def _merge_links(driver: Driver[Any], batch: Batch, merged: Merged, gone: set[str]) -> set[str]:
    """Answers the records of which the links now say something else than before: suspect, victim and so on."""
    new: list[Statement] = []
    compared: list[Statement] = []
    for statement in batch.links:
        if not gone or gone.isdisjoint(statement[1:3]):
            (new if statement[0] in merged.fresh else compared).append(statement)
    moved = [statement[1:3] for statement in new if statement[4]]
    _copy_links(driver, "link", new)
    before = [primary for primary in batch.rows if primary not in merged.fresh]
    if before:
        driver.execute(_STAGE)
        _copy_links(driver, "stage_link", compared)
        changed = driver.execute(_DROP_OWN_LINKS, (before,)).fetchall()
        changed += driver.execute(_DROP_OTHER_LINKS, (before,)).fetchall()
        changed += driver.execute(_ADD_LINKS).fetchall()
        merged.relinked.update(row[0] for row in changed)
        moved += [(source, target) for _, source, target, category in changed if category]
    return follow_links(driver, {end for ends in moved for end in ends})


def _copy_records(driver: Driver[Any], table: str, batch: Batch, identities: Collection[str]) -> None:
    tuples = [staged.tuple for identity, staged in batch.records.items() if identity in identities]
    if tuples:
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({_COLUMNS}) FROM STDIN (FORMAT binary)") as copy:
            copy.write(b"".join((_BINARY_HEAD, *tuples, _BINARY_END)))


def _copy_links(driver: Driver[Any], table: str, statements: Iterable[Statement]) -> None:
    """Identities and codes need no escaping."""
    _copy(driver, f"{table} ({_LINK_COLUMNS})", ["\t".join(statement) for statement in statements])


def _copy(driver: Driver[Any], table: str, lines: Sequence[str]) -> None:
    if lines:
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            copy.write("\n".join(lines) + "\n")


def _array(identities: Iterable[str]) -> str:
    """An array as PostgreSQL writes it: no character of an identity needs quoting."""
    return "{" + ",".join(identities) + "}"


def follow_links(driver: Driver[Any], identities: Collection[str]) -> set[str]:
    """Work out again what these records' links say of them: suspect, victim ... Answers those of whom that changed."""
    if not identities:
        return set()
    return {identity for (identity,) in driver.execute(_CATEGORIES, (sorted(identities),)).fetchall()}


def queue_index_work(driver: Driver[Any], identities: Iterable[str]) -> None:
    """Write to the outbox that the index entries of these records must follow."""
    ordered = sorted(identities)
    chunks = [ordered[start : start + OUTBOX_CHUNK] for start in range(0, len(ordered), OUTBOX_CHUNK)]
    _copy(driver, "outbox (record_ids)", [_array(chunk) for chunk in chunks])


def keep_bad_rows(connection: Connection, load: int, connector: str, file: str, batch: Batch) -> list[int]:
    """Keep the rows that could not be taken in; one that is kept already stays as it is. Answers the new numbers."""
    rows = [
        (
            *(load, connector, file, bad.line, bad.occurrence, bad.reason, bad.detail, bad.field),
            *(bad.raw, bad.digest, bad.repeat, Jsonb(bad.values)),
        )
        for bad in batch.bad
    ]
    if not rows:
        return []
    with driver_of(connection).cursor() as cursor:
        cursor.executemany(_QUARANTINE, rows, returning=True)
        numbers = [row[0] for row in cursor.fetchall()]
        while cursor.nextset():
            numbers += [row[0] for row in cursor.fetchall()]
    return numbers


def driver_of(connection: Connection) -> Driver[Any]:
    """The psycopg connection below: COPY and arrays are its own."""
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, Driver)
    return driver
