"""The node's book of loads: which export, by which connector, how far, and what came of its rows."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field
from sqlalchemy import Connection, func, select, text, update

from ndsc.connectors.connector import Connector
from ndsc.connectors.errors import UnreadableFileError
from ndsc.errors import ConflictError
from ndsc.model.base import Model
from ndsc.node.staging import canonical_json
from ndsc.node.tables import load


class LoadReport(Model):
    """What became of an export's rows: ``read = loaded + changed + unchanged + quarantined``."""

    read: int
    loaded: int = Field(description="rows whose first record is new here")
    changed: int = Field(description="rows that are known, and say something else now")
    unchanged: int
    quarantined: int = Field(description="rows kept aside with their reason")
    load: int = Field(description="number of the load in the node's book")
    file: str
    connector: str
    force: str
    resumed_at: int = Field(default=0, description="rows that an earlier, unfinished run had dealt with")
    ended_early: bool = Field(
        default=False, description="the last row, a bad one, ended the reading: nothing after it was taken in"
    )
    unread_bytes: int = Field(
        default=0, ge=0, description="of the end of such a file, at least: what was at hand just then is not counted"
    )
    seconds: float


@dataclass(slots=True)
class LoadState:
    """A load on its way, as the book has it."""

    id: int
    rows_done: int
    loaded: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    ended_early: bool = False
    unread_bytes: int = 0


def file_digest(path: Path) -> bytes:
    """SHA-256 of a file's content. Raises :class:`UnreadableFileError`."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise UnreadableFileError(f"{path.name}: {error.strerror or error}") from error


def connector_digest(connector: Connector) -> bytes:
    """SHA-256 over all that a connector says: another mapping makes another load."""
    return hashlib.sha256(canonical_json(connector.model_dump(mode="json", exclude_unset=True)).encode()).digest()


def begin(connection: Connection, file: str, digest: bytes, connector: Connector) -> LoadState:
    """A new load; or the unfinished one of the same file by the same connector."""
    same = connector_digest(connector)
    found = connection.execute(
        select(load.c.id, load.c.rows_done, load.c.loaded, load.c.changed, load.c.unchanged, load.c.quarantined).where(
            load.c.file_digest == digest, load.c.connector_digest == same, load.c.state == "running"
        )
    ).one_or_none()
    if found is not None:
        return LoadState(*found)
    definition = connector.model_dump(mode="json", exclude_unset=True)  # what is not set is inherited: it must stay so
    values = {"file": file, "file_digest": digest, "connector": definition, "connector_digest": same}
    made = connection.execute(load.insert().values(**values, state="running").returning(load.c.id))
    return LoadState(made.scalar_one(), 0)


def done_before(connection: Connection, digest: bytes, connector: Connector) -> LoadState | None:
    """The latest finished load of this file by this connector, if there was one."""
    row = connection.execute(
        select(load.c.id, load.c.rows_done, load.c.loaded, load.c.changed, load.c.unchanged, load.c.quarantined)
        .where(
            load.c.file_digest == digest,
            load.c.connector_digest == connector_digest(connector),
            load.c.state == "done",
        )
        .order_by(load.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else LoadState(*row)


def advance(connection: Connection, state: LoadState, rows_done: int, counts: tuple[int, int, int, int]) -> None:
    """Write the checkpoint after a batch: rows dealt with so far, and the batch's own counts.

    Raises :class:`ConflictError` unless the book stands exactly where this batch begins: no batch is ever passed over.
    """
    loaded, changed, unchanged, quarantined = counts
    result = connection.execute(
        update(load)
        .where(load.c.id == state.id, load.c.rows_done == state.rows_done, load.c.state == "running")
        .values(
            rows_done=rows_done,
            loaded=load.c.loaded + loaded,
            changed=load.c.changed + changed,
            unchanged=load.c.unchanged + unchanged,
            quarantined=load.c.quarantined + quarantined,
        )
    )
    if result.rowcount != 1:
        raise ConflictError("The load is not where this batch begins.", hint="Load the file again: it goes on.")


def remember(state: LoadState, rows_done: int, counts: tuple[int, int, int, int]) -> None:
    """Follow the book once the transaction of :func:`advance` is committed."""
    state.rows_done = rows_done
    state.loaded += counts[0]
    state.changed += counts[1]
    state.unchanged += counts[2]
    state.quarantined += counts[3]


def finish(connection: Connection, state: LoadState) -> None:
    """Close the load."""
    connection.execute(update(load).where(load.c.id == state.id).values(state="done", finished_at=func.now()))


def forget_if_empty(connection: Connection, state: LoadState) -> None:
    """Take back a load of which no row was read."""
    connection.execute(load.delete().where(load.c.id == state.id, load.c.rows_done == 0))


def report(state: LoadState, *, file: str, connector: str, force: str, resumed_at: int, began: float) -> LoadReport:
    """The report of a load; ``began`` is of ``time.perf_counter``."""
    return LoadReport(
        read=state.rows_done,
        loaded=state.loaded,
        changed=state.changed,
        unchanged=state.unchanged,
        quarantined=state.quarantined,
        load=state.id,
        file=file,
        connector=connector,
        force=force,
        resumed_at=resumed_at,
        ended_early=state.ended_early,
        unread_bytes=state.unread_bytes,
        seconds=round(time.perf_counter() - began, 3),
    )


def is_first(connection: Connection, key: int) -> bool:
    """Take the advisory lock ``key`` for this session, if nobody has it."""
    return bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar_one())


def only_one(connection: Connection, key: int, wait_seconds: int) -> None:
    """Take the advisory lock ``key`` for this session, waiting at most so long: it ends with it, even a killed one."""
    connection.execute(text(f"SET lock_timeout = '{wait_seconds}s'"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})


def let_go(connection: Connection, key: int) -> None:
    """Release the lock at once; the end of the session would, but only when the server notices."""
    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
