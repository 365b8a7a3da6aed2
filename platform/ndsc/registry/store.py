"""Entries in PostgreSQL, a handful of statements: a lookup is one, answered from one covering index."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, text

from ndsc.registry.tables import entry
from ndsc.storage import async_pool

LOOKUP = (
    "SELECT sealed, force, kind, visibility FROM entry"
    " WHERE sealed = ANY(CAST(%(sealed)s AS bytea[])) ORDER BY force, kind"
)
"""In the driver's own words, since every search says it; its rows are :class:`Met`."""

_ROWS = (
    " SELECT {owner}, r.sealed, r.kind, r.visibility FROM unnest(CAST(:sealed AS bytea[]), CAST(:kinds AS text[]),"
    " CAST(:visibilities AS text[])) AS r(sealed, kind, visibility) "
)
_ADD = text(
    "INSERT INTO entry (force, sealed, kind, visibility)"
    + _ROWS.format(owner="CAST(:owner AS text)")
    + "ON CONFLICT (force, sealed, kind) DO UPDATE"
    " SET visibility = excluded.visibility WHERE entry.visibility <> excluded.visibility"
)
_STAGE = text(
    "INSERT INTO rebuild_entry (rebuild, sealed, kind, visibility)"
    + _ROWS.format(owner="CAST(:owner AS bigint)")
    + "ON CONFLICT (rebuild, sealed, kind) DO UPDATE SET visibility = excluded.visibility"
)
_REMOVE = text(
    "DELETE FROM entry e USING unnest(CAST(:sealed AS bytea[]), CAST(:kinds AS text[])) AS r(sealed, kind)"
    " WHERE e.force = :owner AND e.sealed = r.sealed AND e.kind = r.kind"
)
_CLEAR = text("DELETE FROM rebuild WHERE force = :force")
_OPEN = text("INSERT INTO rebuild (force, overtaken) VALUES (:force, false) RETURNING id")
_OVERTAKE = text("UPDATE rebuild SET overtaken = true WHERE force = :force AND NOT overtaken")
_ANY = text("SELECT EXISTS (SELECT FROM entry WHERE force = :force)")
_FORCES = text("""
WITH RECURSIVE found(force) AS (
    (SELECT force FROM entry ORDER BY force LIMIT 1)
    UNION ALL
    SELECT (SELECT force FROM entry WHERE force > found.force ORDER BY force LIMIT 1) FROM found
    WHERE found.force IS NOT NULL
) SELECT force FROM found WHERE force IS NOT NULL
""")  # one look into the index for each force: PostgreSQL's own DISTINCT reads every entry
_WITHDRAW = text("DELETE FROM entry WHERE force = :force")
_STATE = text("SELECT overtaken FROM rebuild WHERE id = :id AND force = :force FOR UPDATE")
_DROP_REST = text(
    "DELETE FROM entry e WHERE e.force = :force AND NOT EXISTS (SELECT FROM rebuild_entry r"
    " WHERE r.rebuild = :id AND r.sealed = e.sealed AND r.kind = e.kind)"
)
_TAKE = text(
    "INSERT INTO entry (force, sealed, kind, visibility)"
    " SELECT :force, sealed, kind, visibility FROM rebuild_entry WHERE rebuild = :id"
    " ON CONFLICT (force, sealed, kind) DO UPDATE SET visibility = excluded.visibility"
    " WHERE entry.visibility <> excluded.visibility"
)
_ACT = text(
    "SELECT set_config('ndsc.force', :force, true), pg_advisory_xact_lock(hashtextextended(:force, 7390215004))"
)
_PAGE = 5_000


class Met(NamedTuple):
    """An entry under a token that was looked up."""

    sealed: bytes
    force: str
    kind: str
    visibility: str


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as it is stored, its force apart."""

    sealed: bytes
    kind: str
    visibility: str = ""


async def look_up(connection: async_pool.Connection, sealed: Sequence[bytes]) -> list[Met]:
    """Every force's entries under these tokens."""
    rows = await (await connection.execute(LOOKUP, {"sealed": list(sealed)})).fetchall()
    return [Met(*row) for row in rows]


def add(connection: Connection, force: str, rows: Sequence[Row]) -> int:
    """Make the force have these; answers how many are new or changed."""
    return connection.execute(_ADD, _arrays(force, rows)).rowcount if rows else 0


def remove(connection: Connection, force: str, rows: Sequence[Row]) -> int:
    """Make the force not have these; answers how many it had."""
    arrays = _arrays(force, rows)
    del arrays["visibilities"]
    return connection.execute(_REMOVE, arrays).rowcount if rows else 0


def act_for(connection: Connection, force: str) -> None:
    """Until the transaction ends: write lines of this force alone, and be the only one that does.

    ``force`` is whom the caller proved to be, not whom the request names: the database refuses lines of another (row
    level security, migration 0004), also where a check in this program were forgotten.
    """
    connection.execute(_ACT, {"force": force})


def begin_rebuild(connection: Connection, force: str) -> int:
    """Open a rebuild in the place of an older one; answers its number."""
    connection.execute(_CLEAR, {"force": force})
    return int(connection.execute(_OPEN, {"force": force}).scalar_one())


def overtake_rebuild(connection: Connection, force: str) -> None:
    """Note that what an open rebuild was sent is the whole no more."""
    connection.execute(_OVERTAKE, {"force": force})


def rebuild_state(connection: Connection, force: str, rebuild: int) -> bool | None:
    """Whether the rebuild was overtaken; ``None`` when there is none of that number."""
    found = connection.execute(_STATE, {"id": rebuild, "force": force}).first()
    return None if found is None else bool(found.overtaken)


def stage(connection: Connection, rebuild: int, rows: Sequence[Row]) -> None:
    """Keep entries for a rebuild."""
    connection.execute(_STAGE, _arrays(rebuild, rows))


def commit_rebuild(connection: Connection, force: str, rebuild: int) -> None:
    """Make the force have what was staged and nothing else; what is the same already is not written again."""
    for statement in (_DROP_REST, _TAKE):
        connection.execute(statement, {"force": force, "id": rebuild})
    connection.execute(_CLEAR, {"force": force})


def forces(connection: Connection) -> tuple[str, ...]:
    """The forces that have any entry, by name."""
    return tuple(connection.execute(_FORCES).scalars())


def is_listed(connection: Connection, force: str) -> bool:
    """Whether a force has any entry: one look into an index."""
    return bool(connection.execute(_ANY, {"force": force}).scalar_one())


def withdraw(connection: Connection, force: str) -> int:
    """Make the force have nothing, and forget its rebuild; answers how many entries it had."""
    connection.execute(_CLEAR, {"force": force})
    return connection.execute(_WITHDRAW, {"force": force}).rowcount


def digest(connection: Connection, force: str) -> tuple[int, str]:
    """How many entries a force has, and SHA-256 over them in order; memory stays flat."""
    asked = (
        select(entry.c.sealed, entry.c.kind, entry.c.visibility)
        .where(entry.c.force == force)
        .order_by(entry.c.sealed, entry.c.kind)
    )
    count, whole = 0, hashlib.sha256()
    for row in connection.execution_options(yield_per=_PAGE).execute(asked):
        whole.update(f"{bytes(row.sealed).hex()} {row.kind} {row.visibility}\n".encode())
        count += 1
    return count, whole.hexdigest()


def _arrays(owner: str | int, rows: Sequence[Row]) -> dict[str, Any]:
    # In one order for all, so that two writers wait for each other and do not lock each other out; each row once.
    unique: Mapping[tuple[bytes, str], Row] = {(row.sealed, row.kind): row for row in rows}
    ordered = [unique[key] for key in sorted(unique)]
    return {
        "owner": owner,
        "sealed": [row.sealed for row in ordered],
        "kinds": [row.kind for row in ordered],
        "visibilities": [row.visibility for row in ordered],
    }
