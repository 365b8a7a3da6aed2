"""The log: appended to before anything is answered, read back in order, and committed to by its tree head.

No entry, no answer: a caller appends first, in its own transaction where it changes data, and lets
:class:`AuditUnavailableError` end the request.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import psycopg
from sqlalchemy import Connection, Engine, MetaData, Select, cast, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DataError, NoResultFound, SQLAlchemyError

from ndsc.audit.checkpoints import sign_checkpoint
from ndsc.audit.entries import Entry
from ndsc.audit.errors import AuditUnavailableError, DamagedLogError, NoSuchEntryError
from ndsc.audit.merkle import HASH_SIZE, Frontier, Span, TreeHead, consistency_spans, full_subtrees, inclusion_spans
from ndsc.audit.tables import APPEND, LOWEST_KEPT, audit_tables
from ndsc.storage import async_pool
from ndsc.trust.keys import SigningKey

ORIGIN = "ndsc.police.uk/audit"
"""What the origins of the platform's logs begin with."""
_TABLES = audit_tables(MetaData())
_ENTRY, _HEAD, _NODE = _TABLES.entry, _TABLES.head, _TABLES.node
_PAGE = 2_000
_HIGHEST = 62
"""Inner nodes above it are over more entries than can be numbered: no proof reads one."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as the database has it: ``canonical`` is what was signed for, whatever a later version reads from it."""

    seq: int
    leaf: bytes
    canonical: str

    @property
    def entry(self) -> Entry:
        """The entry itself. Raises :class:`DamagedLogError` when the text is none."""
        try:
            return Entry.parse(self.canonical)
        except (ValueError, RecursionError):
            raise _damaged(f"entry {self.seq}") from None


@dataclass(frozen=True, slots=True)
class StoredNode:
    """An inner node as the database has it: the root of the full subtree ``place``, from 0, of its height."""

    level: int
    place: int
    hash: bytes

    @property
    def span(self) -> Span:
        """The entries under it."""
        return self.place << self.level, (self.place + 1) << self.level


class AuditLog:
    """One service's log. ``origin`` names it to the world, such as ``ndsc.police.uk/audit/node/south-wales``."""

    def __init__(self, engine: Engine, origin: str) -> None:
        self._engine = engine
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")  # BEGIN and COMMIT are trips too
        self.origin = origin

    def append(self, entry: Entry, connection: Connection | None = None) -> int:
        """Write an entry and return its number, from 0. One round trip.

        In a caller's ``connection`` the entry stands or falls with the caller's transaction; other appends wait until
        it ends, so append last. Without one the entry is durable on return. Raises :class:`AuditUnavailableError`.
        """
        parameters = {"body": entry.canonical()}
        try:
            if connection is not None:
                return int(connection.exec_driver_sql(APPEND, parameters).scalar_one())
            with self._autocommit.connect() as own:
                return int(own.exec_driver_sql(APPEND, parameters).scalar_one())
        except SQLAlchemyError as error:
            raise _unavailable() from error

    async def aappend(self, entry: Entry, connection: async_pool.Connection | None = None) -> int:
        """As :meth:`append`, durable on return, for who is on an event loop; ``connection`` spares finding another."""
        parameters = {"body": entry.canonical()}
        try:
            if connection is not None:
                return await _appended(connection, parameters)
            async with self._pool.connection() as own:
                return await _appended(own, parameters)
        except (psycopg.Error, TimeoutError) as error:
            raise _unavailable() from error

    @cached_property
    def _pool(self) -> async_pool.AsyncPool:
        return async_pool.AsyncPool(self._engine)

    def entries(
        self,
        *,
        since: datetime | None = None,
        actor: str | None = None,
        limit: int | None = None,
        newest: bool = False,
        before: int | None = None,
    ) -> Iterator[StoredEntry]:
        """Entries in the order of the log, or the newest first; ``limit`` counts after the other conditions.

        ``before`` leaves out that entry and what follows it.
        """
        asked = select(_ENTRY.c.seq, _ENTRY.c.leaf, _ENTRY.c.entry)
        content = cast(_ENTRY.c.entry, JSONB)
        if since is not None:
            asked = asked.where(content["at"].astext >= since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        if actor is not None:
            asked = asked.where(content["actor"].astext == actor)
        if before is not None:
            asked = asked.where(_ENTRY.c.seq < before)
        left = sys.maxsize if limit is None else limit
        while left > 0:  # page by page: no connection is held while the caller looks at what it got
            page = self._page(asked.order_by(_ENTRY.c.seq.desc() if newest else _ENTRY.c.seq).limit(min(left, _PAGE)))
            yield from page
            if len(page) < _PAGE:
                return
            left -= len(page)
            asked = asked.where(_ENTRY.c.seq < page[-1].seq if newest else _ENTRY.c.seq > page[-1].seq)

    def _page(self, asked: Select[tuple[int, bytes, str]]) -> list[StoredEntry]:
        try:
            with self._engine.connect() as connection:
                return [StoredEntry(row.seq, row.leaf, row.entry) for row in connection.execute(asked)]
        except DataError:  # a text that is not JSON
            raise _damaged(f"an entry of {self.origin}") from None

    def get(self, seq: int) -> StoredEntry:
        """One entry. Raises :class:`NoSuchEntryError`."""
        with self._engine.connect() as connection:
            row = connection.execute(
                select(_ENTRY.c.seq, _ENTRY.c.leaf, _ENTRY.c.entry).where(_ENTRY.c.seq == seq)
            ).first()
        if row is None:
            raise NoSuchEntryError(f"The log {self.origin} has no entry {seq}.")
        return StoredEntry(row.seq, row.leaf, row.entry)

    def head(self) -> TreeHead:
        """The present size and root, from the frontier: no entry is read."""
        with self._engine.connect() as connection:
            return _stored_frontier(connection).head()

    def signed_head(self, key: SigningKey) -> str:
        """The present head as a C2SP tlog-checkpoint, for whoever is to notice should the log ever change."""
        return sign_checkpoint(self.origin, self.head(), key)

    def inclusion_proof(self, seq: int, size: int) -> list[bytes]:
        """That entry ``seq`` is in the tree of ``size`` entries (RFC 6962 section 2.1.1).

        Reads a few hundred leaves and a number of inner nodes that grows with the logarithm of ``size``.
        """
        try:
            return self._roots(inclusion_spans(seq, size), size)
        except IndexError:
            raise NoSuchEntryError(f"The log {self.origin} has no entry {seq} among its first {size}.") from None

    def consistency_proof(self, old_size: int, new_size: int) -> list[bytes]:
        """That the tree of ``new_size`` only appends to the one of ``old_size`` (section 2.1.2)."""
        if old_size == 0:
            return []
        try:
            return self._roots(consistency_spans(old_size, new_size), new_size)
        except IndexError:
            raise NoSuchEntryError(f"The log {self.origin} never went from {old_size} to {new_size} entries.") from None

    @contextmanager
    def snapshot(self) -> Iterator[tuple[Frontier | None, Iterator[StoredEntry], Iterator[StoredNode]]]:
        """The stored frontier (none when it is damaged), every entry, and every inner node in the order of their ends.

        All at one moment, while others go on appending.
        """
        with self._engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            try:
                frontier: Frontier | None = _stored_frontier(connection)
            except (ValueError, NoResultFound):
                frontier = None
            asked = select(_ENTRY.c.seq, _ENTRY.c.leaf, _ENTRY.c.entry).order_by(_ENTRY.c.seq)
            yield frontier, _stream(connection, asked), _nodes(connection)

    def _roots(self, spans: Sequence[Span], size: int) -> list[bytes]:
        with self._engine.connect() as connection:
            present = connection.execute(select(_HEAD.c.size)).scalar_one()
            if present < size:
                raise NoSuchEntryError(f"The log {self.origin} has {present} entries, not {size}.")
            return [self._root(connection, span) for span in spans]

    def _root(self, connection: Connection, span: Span) -> bytes:
        peaks = [self._full(connection, full) for full in full_subtrees(span)]
        return Frontier(span[1] - span[0], peaks).root()

    def _full(self, connection: Connection, span: Span) -> bytes:
        """The root of a full subtree: as it was kept, or, of a small one and of an older log's, from its leaves."""
        start, end = span
        level = (end - start).bit_length() - 1
        if level >= LOWEST_KEPT:
            asked = select(_NODE.c.hash).where(_NODE.c.level == level, _NODE.c.place == start >> level)
            kept = connection.execute(asked).scalar_one_or_none()
            if kept is not None:
                return bytes(kept)
        tree = Frontier()
        leaves = select(_ENTRY.c.leaf).where(_ENTRY.c.seq >= start, _ENTRY.c.seq < end).order_by(_ENTRY.c.seq)
        if end - start > _PAGE:
            leaves = leaves.execution_options(yield_per=_PAGE)
        for leaf in connection.execute(leaves).scalars():
            tree.append(bytes(leaf))
        if tree.size != end - start:
            raise _damaged(f"entries {start} to {end - 1}")
        return tree.root()


async def _appended(connection: async_pool.Connection, parameters: dict[str, str]) -> int:
    row = await (await connection.execute(APPEND, parameters)).fetchone()
    assert row is not None
    return int(row[0])


def _stream(connection: Connection, asked: Select[tuple[int, bytes, str]]) -> Iterator[StoredEntry]:
    result = connection.execution_options(yield_per=_PAGE).execute(asked)
    for row in result:
        yield StoredEntry(row.seq, row.leaf, row.entry)


def _nodes(connection: Connection) -> Iterator[StoredNode]:
    asked = select(_NODE.c.level, _NODE.c.place, _NODE.c.hash).where(_NODE.c.level.between(0, _HIGHEST))
    ends = (_NODE.c.place + 1).op("<<")(_NODE.c.level)
    for row in connection.execution_options(yield_per=_PAGE).execute(asked.order_by(ends, _NODE.c.level)):
        yield StoredNode(row.level, row.place, row.hash)


def _stored_frontier(connection: Connection) -> Frontier:
    row = connection.execute(select(_HEAD.c.size, _HEAD.c.frontier)).one()
    peaks = [row.frontier[at : at + HASH_SIZE] for at in range(0, len(row.frontier), HASH_SIZE)]
    return Frontier(row.size, peaks)


def _unavailable() -> AuditUnavailableError:
    return AuditUnavailableError("The entry was not written, so nothing was done.")


def _damaged(what: str) -> DamagedLogError:
    return DamagedLogError(f"What stands in {what} is not what the log wrote.", hint="Run `ndsc audit verify`.")
