"""Loads an export: read, map, merge, in batches that each commit whole; a load that was cut off goes on where it was.

This thread reads and maps; a second one counts what the batches around have in common with the rows before them, and a
third merges the batch before: both mostly wait for the database. Of a large file, a second process maps a part.

Loading the same export again changes nothing: identities come from the source's own references, and a record is written
only if what it says has changed.
"""

from __future__ import annotations

import gc
import io
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from ndsc.audit.log import AuditLog
from ndsc.connectors.connector import Connector
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.mapping import Mapper, compile_connector
from ndsc.connectors.readers import Rows, read_rows
from ndsc.connectors.rows import BadRow, RawRow
from ndsc.errors import ConflictError
from ndsc.node import ledger
from ndsc.node.auditing import batch_entries
from ndsc.node.helping import WORTH_HELP_BYTES, Helper, mapped_in_turn
from ndsc.node.ledger import LoadReport, LoadState
from ndsc.node.merging import driver_of, keep_bad_rows, merge
from ndsc.node.occurrences import Occurrences
from ndsc.node.preparing import Preparer
from ndsc.node.staging import Batch

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

T = TypeVar("T")

BATCH_ROWS = 2_000
_AHEAD = 1
"""Batches mapped and not yet merged, at most: what bounds the memory."""
_LOCK = 7_390_215_002
"""Advisory lock key: one load at a time in a node's database."""
_LOCK_WAIT_SECONDS = 300
_TURN_SECONDS = 0.0005
_OBJECTS_BETWEEN_COLLECTIONS = 200_000

Progress = Callable[[int, float], None]
"""Told after each batch: rows read so far, and the part of the file read, from 0 to 1."""

_log = structlog.get_logger("ndsc.node")


class Loader:
    """Loads exports into one force's node."""

    def __init__(
        self,
        engine: Engine,
        force: str,
        audit: AuditLog,
        *,
        actor: str = "loader",
        batch_rows: int = BATCH_ROWS,
        helped_from: int = WORTH_HELP_BYTES,
    ) -> None:
        """``helped_from``: size of a file, in bytes, from which a second process maps beside this one."""
        self._engine = engine
        self._force = force
        self._audit = audit
        self._actor = actor
        self._batch_rows = batch_rows
        self._helped_from = helped_from

    def load(
        self,
        file: Path,
        connector: Connector,
        progress: Progress | None = None,
        waiting: Callable[[], None] | None = None,
    ) -> LoadReport:
        """Take in a file; an unfinished load of the same file by the same connector is finished.

        ``waiting`` is called when another load must end first, which is waited for, for five minutes at most.

        Raises :class:`UnreadableFileError` for a file that is not of the connector's format, and
        :class:`ConflictError` when the other load has not ended by then.
        """
        began = time.perf_counter()
        digest = ledger.file_digest(file)
        with self._alone(waiting) as occurrences:
            with self._engine.begin() as connection:
                state = ledger.begin(connection, file.name, digest, connector)
            resumed_at = state.rows_done
            try:
                self._run(file, connector, state, occurrences, progress or _silent)
            except UnreadableFileError:
                with self._engine.begin() as connection:
                    ledger.forget_if_empty(connection, state)
                raise
            with self._engine.begin() as connection:
                ledger.finish(connection, state)
        report = ledger.report(
            state, file=file.name, connector=connector.label, force=self._force, resumed_at=resumed_at, began=began
        )
        _log.info("loaded", **report.model_dump(exclude={"file"}))
        return report

    def completed(self, file: Path, connector: Connector) -> LoadReport | None:
        """The report of the latest finished load of this file by this connector: nothing is read but its digest."""
        began, digest = time.perf_counter(), ledger.file_digest(file)
        with self._engine.connect() as connection:
            state = ledger.done_before(connection, digest, connector)
        if state is None:
            return None
        return ledger.report(
            state, file=file.name, connector=connector.label, force=self._force, resumed_at=0, began=began
        )

    def _run(
        self, file: Path, connector: Connector, state: LoadState, occurrences: Occurrences, progress: Progress
    ) -> None:
        mapper = compile_connector(connector, self._force, file.name)
        preparer = Preparer(mapper, occurrences)
        checkpoint, size = state.rows_done, max(file.stat().st_size, 1)
        pending: deque[Future[Any]] = deque()
        with (
            file.open("rb") as stream,
            _many_small_turns(),
            ThreadPoolExecutor(1, "count") as counter,
            ThreadPoolExecutor(1, "merge") as merger,
            self._helper(mapper, file.name, size) as helper,
        ):
            done = 0
            watched = _Watched(stream)
            slices = _slices(read_rows(io.BufferedReader(watched), connector), self._batch_rows, checkpoint)
            numbered = _one_ahead((rows, counter.submit(preparer.number, rows)) for rows in slices)
            work = ((rows, numbers.result()) for rows, numbers in numbered)
            for rows, (batch, shared) in mapped_in_turn(work, preparer.map, helper):
                last = rows[-1]
                if isinstance(last, BadRow) and last.last:
                    state.ended_early, state.unread_bytes = True, size - watched.taken
                done += len(rows)
                batch.rows_done = done
                settled = counter.submit(preparer.settle, batch, shared)
                if len(pending) == _AHEAD:
                    pending.popleft().result()
                if done > checkpoint:
                    pending.append(
                        merger.submit(copy_context().run, self._commit, connector, file.name, state, settled)
                    )
                else:  # they are read to be counted again
                    pending.append(settled)
                progress(done, min(watched.taken / size, 1.0))
            for one in pending:
                one.result()

    def _helper(self, mapper: Mapper, file: str, size: int) -> AbstractContextManager[Helper | None]:
        """A process that maps beside this one, for a file that is worth it, where there is a core for it."""
        if size < self._helped_from or (os.cpu_count() or 1) == 1:
            return nullcontext()
        try:
            return Helper(mapper, file)
        except OSError as error:
            _log.warning("mapping-helper-not-started", error=type(error).__name__)
            return nullcontext()

    def _commit(self, connector: Connector, file: str, state: LoadState, settled: Future[Batch]) -> None:
        batch = settled.result()
        with self._engine.begin() as connection:
            merged = merge(connection, batch)
            kept = keep_bad_rows(connection, state.id, connector.connector, file, batch)
            counts = (*merged.counts(batch), len(batch.bad))
            ledger.advance(connection, state, batch.rows_done, counts)
            about: dict[str, str | int] = {"load": state.id, "connector": connector.label}
            for entry in batch_entries(self._actor, self._force, about, merged, set_aside=kept):
                self._audit.append(entry, connection)
        ledger.remember(state, batch.rows_done, counts)

    @contextmanager
    def _alone(self, waiting: Callable[[], None] | None) -> Iterator[Occurrences]:
        """A session of its own that holds the lock and the counts; should this process die, both go with it."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.detach()
            try:
                if not ledger.is_first(connection, _LOCK):
                    if waiting is not None:
                        waiting()
                    ledger.only_one(connection, _LOCK, _LOCK_WAIT_SECONDS)
            except OperationalError as error:
                raise ConflictError(
                    f"Another load is running in the node of {self._force}.", hint="Try again when it has ended."
                ) from error
            try:
                yield Occurrences(driver_of(connection))
            finally:
                ledger.let_go(connection, _LOCK)


class _Watched(io.RawIOBase):
    """A file that says how much of it was read, and stays open whatever a reader does when it has read enough."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)

    @property
    def taken(self) -> int:
        """Bytes read."""
        return self._stream.tell()


def _slices(rows: Rows, size: int, checkpoint: int) -> Iterator[list[RawRow | BadRow]]:
    """Rows in batches, the first ones small, so that the database soon has something to do.

    One ends at the checkpoint, whatever the sizes were when it was written.
    """
    batch: list[RawRow | BadRow] = []
    enough = max(size // 4, 1)
    for number, row in enumerate(rows, start=1):
        batch.append(row)
        if len(batch) == enough or number == checkpoint:
            yield batch
            batch, enough = [], min(2 * enough, size)
    if batch:
        yield batch


def _one_ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, each handed over when the next one is there too."""
    waiting = deque[T]()
    for item in items:
        waiting.append(item)
        if len(waiting) > 1:
            yield waiting.popleft()
    yield from waiting


@contextmanager
def _many_small_turns() -> Iterator[None]:
    """While a load runs, let the interpreter fit one thread that computes and others that wait for the database.

    A thread that comes back from waiting asks for its turn and is given it after the switch interval; COPY of a batch
    waits some dozen times. And cyclic garbage, which mapping does not make, is looked for less often.
    """
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(min(interval, _TURN_SECONDS))
    gc.set_threshold(max(thresholds[0], _OBJECTS_BETWEEN_COLLECTIONS), *thresholds[1:])
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*thresholds)


def _silent(rows: int, part: float) -> None:
    """Nobody watches."""
