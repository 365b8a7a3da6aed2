"""Merges a batch into the node's tables: set by set, in one transaction with its outbox, audit entries and checkpoint.

So at any moment either all of a batch is there, with its index work queued, its audit written and its rows counted, or
none of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection as Driver
from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from ndsc.node.staging import STAGED, Batch
from ndsc.node.tables import CATEGORY_COLUMNS, record

OUTBOX_CHUNK = 500
"""Record ids in one outbox row: few rows to write, and no chunk too long for one indexing transaction."""

_COLUMNS = ", ".join(STAGED)
_UPDATED = [
    column.name
    for column in record.columns
    if column.name not in {"id", "source_system", "source_reference", "recorded_at", *CATEGORY_COLUMNS}
]

_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS stage_record (LIKE record) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS stage_link (LIKE link) ON COMMIT DELETE ROWS;
"""

# An older export does not take back what a newer one said.
# xmax is 0 in a row that this statement inserted, and its own transaction's number in one that it updated.
_MERGE_RECORDS = f"""
INSERT INTO record AS r ({_COLUMNS})
SELECT {", ".join(f"s.{name}" for name in STAGED)} FROM stage_record s LEFT JOIN record k ON k.id = s.id
WHERE (k.id IS NULL OR (k.content_hash <> s.content_hash AND k.updated_at <= s.updated_at))
    AND NOT EXISTS (SELECT FROM erased e WHERE e.id = s.id)
ON CONFLICT (id) DO UPDATE SET recorded_at = least(r.recorded_at, excluded.recorded_at),
    {", ".join(f"{name} = excluded.{name}" for name in _UPDATED)}
RETURNING r.id, r.xmax = 0
"""  # noqa: S608  # names of our own columns

_DROP_LINKS = """
DELETE FROM link l WHERE l.stated_by = ANY(%s) AND NOT EXISTS (
    SELECT FROM stage_link s WHERE s.stated_by = l.stated_by AND s.source = l.source AND s.target = l.target
    AND s.role = l.role AND s.subject_category = l.subject_category)
RETURNING l.stated_by, l.source, l.target, l.subject_category
"""

_ADD_LINKS = """
INSERT INTO link AS l (stated_by, source, target, role, subject_category)
SELECT s.stated_by, s.source, s.target, s.role, s.subject_category FROM stage_link s
WHERE NOT EXISTS (SELECT FROM erased e WHERE e.id = s.source OR e.id = s.target)
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
        touched = self.fresh | self.altered
        for row in batch.rows:
            if row.primary in self.fresh:
                loaded += 1
            elif row.primary in self.relinked or any(identity in touched for identity in row.owned):
                changed += 1
        return loaded, changed, len(batch.rows) - loaded - changed


def merge(connection: Connection, batch: Batch) -> Merged:
    """Make the tables say what the batch says, and queue the index work. The caller commits."""
    driver = driver_of(connection)
    merged = Merged()
    if batch.records:
        _stage(driver, batch)
        for identity, fresh in driver.execute(_MERGE_RECORDS).fetchall():
            (merged.fresh if fresh else merged.altered).add(identity)
    recategorised = _merge_links(driver, batch, merged)
    queue_index_work(driver, merged.fresh | merged.altered | recategorised)
    return merged


def _stage(driver: Driver[Any], batch: Batch) -> None:
    driver.execute(_STAGE)
    with driver.cursor() as cursor:
        with cursor.copy(f"COPY stage_record ({_COLUMNS}) FROM STDIN") as copy:
            copy.write("\n".join(batch.records.values()) + "\n")
        if batch.links:
            with cursor.copy("COPY stage_link (stated_by, source, target, role, subject_category) FROM STDIN") as copy:
                copy.write("\n".join(batch.links) + "\n")


def _merge_links(driver: Driver[Any], batch: Batch, merged: Merged) -> set[str]:
    before = [row.primary for row in batch.rows if row.primary not in merged.fresh]
    moved: list[tuple[str, str, str, str]] = []
    if before:
        moved += driver.execute(_DROP_LINKS, (before,)).fetchall()
    if batch.links:
        moved += driver.execute(_ADD_LINKS).fetchall()
    merged.relinked.update(stated_by for stated_by, *_ in moved)
    return follow_links(driver, {end for _, source, target, category in moved if category for end in (source, target)})


def follow_links(driver: Driver[Any], identities: Collection[str]) -> set[str]:
    """Work out again what these records' links say of them: suspect, victim ... Answers those of whom that changed."""
    if not identities:
        return set()
    return {identity for (identity,) in driver.execute(_CATEGORIES, (sorted(identities),)).fetchall()}


def queue_index_work(driver: Driver[Any], identities: Iterable[str]) -> None:
    """Write to the outbox that the index entries of these records must follow."""
    ordered = sorted(identities)
    chunks = [ordered[start : start + OUTBOX_CHUNK] for start in range(0, len(ordered), OUTBOX_CHUNK)]
    with driver.cursor() as cursor:
        cursor.executemany("INSERT INTO outbox (record_ids) VALUES (%s)", [(chunk,) for chunk in chunks])


def keep_bad_rows(connection: Connection, load: int, connector: str, file: str, batch: Batch) -> None:
    """Keep the rows that could not be taken in; one that is kept already stays as it is."""
    rows = [
        (
            *(load, connector, file, bad.line, bad.occurrence, bad.reason, bad.detail, bad.field),
            *(bad.raw, bad.digest, bad.repeat, Jsonb(bad.values)),
        )
        for bad in batch.bad
    ]
    if rows:
        with driver_of(connection).cursor() as cursor:
            cursor.executemany(_QUARANTINE, rows)


def driver_of(connection: Connection) -> Driver[Any]:
    """The psycopg connection below: COPY and arrays are its own."""
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, Driver)
    return driver
