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

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, text

from ndsc.index.keys import keys_of
from ndsc.model.base import Model
from ndsc.model.facts import PolicyFacts
from ndsc.model.pole import AnyBody
from ndsc.node.errors import IndexBusyError
from ndsc.node.finding import FACT_COLUMNS, facts_from
from ndsc.node.merging import driver_of
from ndsc.policy.answers import Listing

CHUNKS = 4
"""Outbox rows taken at once: up to 2,000 records."""
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


_STATUS = text("""
SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM index_token),
    (SELECT coalesce(sum(cardinality(record_ids)), 0) FROM outbox), (SELECT count(*) FROM registry_due)
""")


class TokenMaker(Protocol):
    """Makes the token of each key: the evaluator's client."""

    def tokens(self, keys: Sequence[bytes]) -> list[bytes]:
        """In the order of the keys."""


class Registry(Protocol):
    """Holds which force has which token: the registry's client."""

    def put(self, force: str, add: Sequence[tuple[bytes, str, Listing]], remove: Sequence[tuple[bytes, str]]) -> None:
        """Make the force have the tokens to add (of that kind, that visible) and not those to remove."""


class Lister(Protocol):
    """Says by policy how a record is listed in the registry."""

    def listings(self, facts: Sequence[PolicyFacts]) -> list[Listing]:
        """In the order of the records."""


class TokenRow(NamedTuple):
    """One line of ``index_token``."""

    token: bytes
    record_id: str
    rule: str
    kind: str
    visibility: str


class IndexStatus(Model):
    """How far the index follows the records."""

    records: int
    tokens: int
    records_waiting: int
    registry_waiting: int


class Indexer:
    """Works off one node's outbox.

    ``evaluator`` makes tokens of keys, ``registry`` holds who has them, ``lister`` says what it may know of a record.
    """

    def __init__(self, engine: Engine, force: str, evaluator: TokenMaker, registry: Registry, lister: Lister) -> None:
        self._engine = engine
        self._force = force
        self._evaluator = evaluator
        self._registry = registry
        self._lister = lister
        self._remembered: OrderedDict[bytes, bytes] = OrderedDict()

    def drain(self, progress: Progress | None = None) -> int:
        """Work until nothing waits; answers how many records were dealt with. Raises :class:`IndexBusyError`."""
        done = 0
        with self._alone():
            self._tell_registry()  # what a crash left
            while taken := self._step():
                self._tell_registry()
                done += taken
                if progress is not None:
                    progress(taken)
        return done

    def status(self) -> IndexStatus:
        """Counts, for people and for readiness."""
        with self._engine.connect() as connection:
            row = connection.execute(_STATUS).one()
        return IndexStatus(records=row[0], tokens=row[1], records_waiting=row[2], registry_waiting=row[3])

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
            connection.detach()  # the lock is this session's: it ends with it
            if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}).scalar_one():
                raise IndexBusyError(f"The index of {self._force} is being worked on already.")
            yield


def replace_tokens(connection: Connection, ids: Sequence[str], rows: Sequence[TokenRow]) -> None:
    """Make these records have these tokens and no other, and note what the registry must be told."""
    driver = driver_of(connection)
    before = {(bytes(token), kind) for token, kind in driver.execute(_DROP, (list(ids),)).fetchall()}
    with driver.cursor() as cursor, cursor.copy(_ADD) as copy:
        for row in rows:
            copy.write_row(row)
    touched = sorted(before | {(row.token, row.kind) for row in rows})
    if touched:
        driver.execute(_DUE, ([token for token, _ in touched], [kind for _, kind in touched]))
