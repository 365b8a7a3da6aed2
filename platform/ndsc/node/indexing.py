"""Keeps the index in step with the records: every change queued in the outbox becomes tokens here and in the registry.

Each step can be done twice without harm, and nothing is forgotten before what it stands for is done: the outbox row
goes when the tokens are written, and a token leaves ``registry_due`` when the registry has been told of it. So a crash
at any point leaves work to do, never a wrong index.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from psycopg import Connection as Driver
from pydantic import Field, TypeAdapter
from sqlalchemy import Connection, Engine, text

from ndsc.evaluator.client import EvaluatorClient
from ndsc.index.keys import keys_of
from ndsc.model.base import Model
from ndsc.model.facts import PolicyFacts
from ndsc.model.pole import AnyBody
from ndsc.node.errors import IndexBusyError
from ndsc.node.finding import FACT_COLUMNS, facts_from
from ndsc.node.merging import driver_of
from ndsc.node.relisting import keys_changed, list_as, listed_under, note_listed, page_after, queue_if_keys_changed
from ndsc.policy.answers import Listing
from ndsc.registry.client import RegistryClient
from ndsc.registry.schemas import Dataset, Digest

CHUNKS = 4
"""Outbox rows taken at once: up to 2,000 records."""
PAGE_RECORDS = 2_000
"""Records of one page of a rebuild."""
TOLD = 2_000
"""Tokens told to the registry at once."""
_REMEMBERED = 100_000
_LOCK = 7_390_215_003
"""Advisory lock key: one indexer at a time in a node's database. Two could write an older state over a newer one."""

Progress = Callable[[int], None]
"""Told how many records more have been dealt with."""

_BODY: TypeAdapter[AnyBody] = TypeAdapter(AnyBody)

_TAKE = text(f"SELECT seq, record_ids FROM outbox ORDER BY seq LIMIT {CHUNKS}")  # noqa: S608  # a number of ours
_RECORDS = text(f"""
SELECT r.id, r.body, {FACT_COLUMNS} FROM record r WHERE r.id = ANY(CAST(:ids AS text[])) ORDER BY r.id
""")  # noqa: S608  # names of our own columns
_DONE = text("DELETE FROM outbox WHERE seq = ANY(CAST(:seqs AS bigint[]))")
_DROP = "DELETE FROM index_token WHERE record_id = ANY(%s) RETURNING token, kind"
_ADD = "COPY index_token (token, record_id, rule, kind, visibility) FROM STDIN"
_DUE = """
INSERT INTO registry_due SELECT DISTINCT * FROM unnest(%s::bytea[], %s::text[]) AS d(token, kind)
ON CONFLICT DO NOTHING
"""
_STATE = text(f"""
SELECT d.token, d.kind,
    EXISTS (SELECT FROM index_token i WHERE i.token = d.token AND i.kind = d.kind AND i.visibility = 'visible'),
    EXISTS (SELECT FROM index_token i WHERE i.token = d.token AND i.kind = d.kind AND i.visibility = 'silent')
FROM registry_due d ORDER BY d.token, d.kind LIMIT {TOLD}
""")  # noqa: S608  # a number of ours
_TOLD = """
DELETE FROM registry_due d USING unnest(%s::bytea[], %s::text[]) AS t(token, kind)
WHERE d.token = t.token AND d.kind = t.kind
"""


_QUEUED = text("SELECT coalesce(max(seq), 0) FROM outbox")
_PAGE = text(f"""
SELECT r.id, r.body, {FACT_COLUMNS} FROM record r WHERE r.id > :after ORDER BY r.id LIMIT {PAGE_RECORDS}
""")  # noqa: S608  # names of our own columns
_DROP_RANGE = """
DELETE FROM index_token WHERE record_id > %(after)s AND (%(upto)s::text IS NULL OR record_id <= %(upto)s)
RETURNING token, kind
"""
_ENTRIES = text("""
SELECT token, kind, bool_or(visibility = 'visible') FROM index_token WHERE visibility <> 'never'
GROUP BY token, kind ORDER BY token, kind
""")
_HAS_ENTRIES = text("SELECT EXISTS (SELECT FROM index_token WHERE visibility <> 'never')")
# Every force reads the catalogue: it counts what a searcher from anywhere can be led to, and nothing that is listed in
# silence or not at all, not even beside others of its category.
_CATALOGUE = text("""
SELECT kind, category, count(*), max(updated_at) FROM record r
WHERE EXISTS (SELECT FROM index_token i WHERE i.record_id = r.id AND i.visibility = 'visible')
GROUP BY kind, category ORDER BY kind, category
""")
_WAITING = text("""
SELECT (SELECT coalesce(sum(cardinality(record_ids)), 0) FROM outbox), (SELECT count(*) FROM registry_due)
""")
_HELD = text("""
SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM index_token),
    (SELECT count(*) FROM (SELECT DISTINCT token, kind FROM index_token WHERE visibility <> 'never') e)
""")


class Lister(Protocol):
    """Says by policy how a record is listed in the registry."""

    @property
    def revision(self) -> str:
        """Names all that its answers hang on, but for the records: another one may list them otherwise."""

    def listings(self, facts: Sequence[PolicyFacts]) -> list[Listing]:
        """In the order of the records."""


class TokenRow(NamedTuple):
    """One line of ``index_token``."""

    token: bytes
    record_id: str
    rule: str
    kind: str
    visibility: str


class Rebuilt(Model):
    """What a rebuild came to."""

    records: int
    before: Digest
    after: Digest


class Waiting(NamedTuple):
    """What the index has not followed yet."""

    records: int
    registry: int

    @property
    def settled(self) -> bool:
        """Whether nothing waits."""
        return not (self.records or self.registry)


class IndexStatus(Model):
    """How far the index follows the records."""

    records: int
    keys: int = Field(description="of all records, each counted with each record that it finds")
    entries: int = Field(description="what the registry holds of it once nothing waits: each listed key once")
    records_waiting: int
    registry_waiting: int


class Indexer:
    """Works off one node's outbox.

    ``evaluator`` makes tokens of keys, ``registry`` holds who has them, ``lister`` says what it may know of a record.
    ``told`` hears under which revision of the lister everything here is listed.
    """

    def __init__(
        self,
        engine: Engine,
        force: str,
        evaluator: EvaluatorClient,
        registry: RegistryClient,
        lister: Lister,
        *,
        told: Callable[[str], None] | None = None,
    ) -> None:
        self._engine = engine
        self._force = force
        self._evaluator = evaluator
        self._registry = registry
        self._lister = lister
        self._told = told or _unheard
        self._remembered: OrderedDict[bytes, bytes] = OrderedDict()

    def drain(self, progress: Progress | None = None) -> int:
        """Work until nothing waits; answers how many records were dealt with. Raises :class:`IndexBusyError`."""
        done = 0
        with self._alone():
            self._tell_registry()  # what a crash left
            with self._engine.begin() as connection:
                queue_if_keys_changed(connection)
            relisted = self._relist()
            while taken := self._step():
                self._tell_registry()
                done += taken
                (progress or _silent)(taken)
            if done or relisted:
                self._tell_catalogue()
        return done

    def list_anew(self) -> bool:
        """Bring the registry every entry again where it has none of this force, and say whether that was so.

        They were withdrawn when the node's manifest was deleted; what is kept here knows nothing of it. Raises
        :class:`IndexBusyError`.
        """
        with self._engine.connect() as connection:
            has_entries = connection.execute(_HAS_ENTRIES).scalar_one()
        if not has_entries or self._registry.listed(self._force):
            return False
        with self._alone():
            self._registry.rebuild(self._force, self._entries())
            self._tell_catalogue()
        return True

    def rebuild(self, progress: Progress | None = None) -> Rebuilt:
        """Make every token anew from the records, and the registry's part of this force anew from them.

        When nothing was wrong before, the registry's content is the same afterwards, byte for byte.
        """
        before = self._registry.digest(self._force)
        with self._alone():
            revision = self._lister.revision
            with self._engine.connect() as connection:
                taken = connection.execute(_QUEUED).scalar_one()
            self._remembered.clear()
            records = self._remake(progress or _silent)
            after = self._registry.rebuild(self._force, self._entries())
            with self._engine.begin() as connection:
                connection.execute(text("DELETE FROM outbox WHERE seq <= :seq"), {"seq": taken})
                connection.execute(text("DELETE FROM registry_due"))  # nobody else writes there under the lock
                note_listed(connection, revision)
            self._told(revision)
            self._tell_catalogue()
        return Rebuilt(records=records, before=before, after=after)

    def _relist(self) -> bool:
        """List what is indexed already as the lister says now, should that have changed; answers whether it had.

        The revision is read first and noted last: whatever changes or is cut off between, the next time sees it.
        """
        revision = self._lister.revision
        with self._engine.connect() as connection:
            known = listed_under(connection)
            page = page_after(connection, "") if known != revision else []
        while page:
            listings = self._lister.listings([one.facts for one in page])
            with self._engine.begin() as connection:
                _note_due(driver_of(connection), list_as(connection, page, listings))
            self._tell_registry()
            with self._engine.connect() as connection:
                page = page_after(connection, page[-1].id)
        if known != revision:
            with self._engine.begin() as connection:
                note_listed(connection, revision)
        self._told(revision)
        return known != revision

    def _remake(self, progress: Progress) -> int:
        """Page by page in the order of ids: this process holds one page, whatever the node holds."""
        done, last = 0, ""
        while True:
            with self._engine.connect() as connection:
                records = connection.execute(_PAGE, {"after": last}).all()
            upto = records[-1][0] if len(records) == PAGE_RECORDS else None
            rows = self.token_rows(records)
            with self._engine.begin() as connection:
                replace_range(connection, last, upto, rows)
            done += len(records)
            progress(len(records))
            if upto is None:
                return done
            last = upto

    def _entries(self) -> Iterator[tuple[bytes, str, str]]:
        """What the registry must hold, each token and kind once."""
        with self._engine.connect() as connection:
            rows = connection.execution_options(yield_per=PAGE_RECORDS).execute(_ENTRIES)
            for token, kind, visible in rows:
                yield bytes(token), kind, Listing.VISIBLE if visible else Listing.SILENT

    def _tell_catalogue(self) -> None:
        with self._engine.connect() as connection:
            rows = connection.execute(_CATALOGUE).all()
        datasets = [Dataset(kind=row[0], category=row[1], records=row[2], freshest=row[3]) for row in rows]
        self._registry.tell_catalogue(self._force, datasets)

    def waiting(self) -> Waiting:
        """What waits: two short counts."""
        with self._engine.connect() as connection:
            return Waiting(*connection.execute(_WAITING).one())

    def is_behind(self) -> bool:
        """Whether :meth:`drain` has anything to do: records, the registry, the listing or the table of keys."""
        if not self.waiting().settled:
            return True
        with self._engine.connect() as connection:
            return listed_under(connection) != self._lister.revision or keys_changed(connection)

    def status(self) -> IndexStatus:
        """All counts, for people: reads every key."""
        with self._engine.connect() as connection:
            records, keys, entries = connection.execute(_HELD).one()
        waiting = self.waiting()
        return IndexStatus(
            records=records,
            keys=keys,
            entries=entries,
            records_waiting=waiting.records,
            registry_waiting=waiting.registry,
        )

    def _step(self) -> int:
        with self._engine.connect() as connection:
            taken = connection.execute(_TAKE).all()
            ids = sorted({identity for _, identities in taken for identity in identities})
            records = connection.execute(_RECORDS, {"ids": ids}).all() if ids else []
        if not taken:
            return 0
        made = self.token_rows(records)  # the evaluator answers over the network: not inside a transaction
        with self._engine.begin() as connection:
            replace_tokens(connection, ids, made)
            connection.execute(_DONE, {"seqs": [seq for seq, _ in taken]})
        return len(ids)

    def token_rows(self, records: Iterable[Any]) -> list[TokenRow]:
        """The tokens of these records, each once, with what policy lets the registry know of it."""
        held = [(row[0], keys_of(_BODY.validate_python(row[1])), facts_from(row[2:])) for row in records]
        listed = self._lister.listings([facts for _, _, facts in held]) if held else []
        tokens = self._tokens([key.canonical for _, keys, _ in held for key in keys])
        rows = {}
        for (identity, keys, facts), listing in zip(held, listed, strict=True):
            for key in keys:
                row = TokenRow(tokens[key.canonical], identity, key.rule, facts.kind, listing.value)
                rows[row[:3]] = row
        return list(rows.values())

    def _tokens(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Tokens of keys; those made lately are remembered, for a place or a crime comes again and again."""
        known = {key: self._remembered[key] for key in keys if key in self._remembered}
        missing = [key for key in dict.fromkeys(keys) if key not in known]
        if missing:
            fresh = dict(zip(missing, self._evaluator.tokens(missing), strict=True))
            known |= fresh
            self._remembered |= fresh
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return known

    def _tell_registry(self) -> None:
        """Tell the registry the present state of every token that is due, then forget that it was."""
        while True:
            with self._engine.connect() as connection:
                states = connection.execute(_STATE).all()
            if not states:
                return
            add, remove = [], []
            for token, kind, visible, silent in states:
                if visible or silent:
                    add.append((token, kind, Listing.VISIBLE if visible else Listing.SILENT))
                else:
                    remove.append((token, kind))
            self._registry.put(self._force, add, remove)
            with self._engine.begin() as connection:
                driver_of(connection).execute(_TOLD, ([row[0] for row in states], [row[1] for row in states]))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.detach()  # the lock is this session's: should the process die, it ends with it
            if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}).scalar_one():
                raise IndexBusyError(f"The index of {self._force} is being worked on already.")
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})


def replace_tokens(connection: Connection, ids: Sequence[str], rows: Sequence[TokenRow]) -> None:
    """Make these records have these tokens and no other, and note what the registry must be told."""
    _write(driver_of(connection), _DROP, (list(ids),), rows)


def replace_range(connection: Connection, after: str, upto: str | None, rows: Sequence[TokenRow]) -> None:
    """The same for every record id after one and up to another: tokens of records that are gone go too."""
    _write(driver_of(connection), _DROP_RANGE, {"after": after, "upto": upto}, rows)


def _write(driver: Driver[Any], drop: str, which: Any, rows: Sequence[TokenRow]) -> None:
    before = {(bytes(token), kind) for token, kind in driver.execute(drop, which).fetchall()}
    with driver.cursor() as cursor, cursor.copy(_ADD) as copy:
        for row in rows:
            copy.write_row(row)
    _note_due(driver, before | {(row.token, row.kind) for row in rows})


def _note_due(driver: Driver[Any], touched: Iterable[tuple[bytes, str]]) -> None:
    ordered = sorted(set(touched))
    if ordered:
        driver.execute(_DUE, ([token for token, _ in ordered], [kind for _, kind in ordered]))


def _silent(records: int) -> None:
    """Nobody watches."""


def _unheard(revision: str) -> None:
    """Nobody asks."""
