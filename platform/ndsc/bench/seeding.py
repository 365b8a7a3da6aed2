"""Fills one force's node, its part of the registry, and its part of the rival's database: the work of one process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
from sqlalchemy import Connection, Engine, text

from ndsc.audit.log import AuditLog
from ndsc.bench.central import central_token
from ndsc.connectors.catalogue import shipped
from ndsc.embedded.secrets import index_keys, pepper
from ndsc.evaluator.client import EvaluatorClient
from ndsc.index.oprf import evaluate_directly, token
from ndsc.node.indexing import Indexer
from ndsc.node.loading import Loader
from ndsc.node.merging import driver_of
from ndsc.policy.embedded import RegopyDecider
from ndsc.registry import store
from ndsc.registry.client import Added, RegistryClient, Removed
from ndsc.registry.pepper import Pepper
from ndsc.registry.schemas import Changed, Dataset
from ndsc.storage.database import engine_for
from ndsc.web.logging import configure_once

_COPIED = {
    "record": "SELECT * FROM record",
    "link": "SELECT * FROM link",
}


class Job(NamedTuple):
    """One force, and where everything is."""

    force: str
    people: Path
    home: Path
    node: str
    registry: str
    central: str


class _Evaluator(EvaluatorClient):
    """Makes the tokens that the evaluator would make, and remembers the rival's token of each."""

    def __init__(self, secret: bytes) -> None:
        super().__init__(httpx.Client(), str)
        self._secret = secret
        self.plain: dict[bytes, bytes] = {}

    def tokens(self, keys: Sequence[bytes]) -> list[bytes]:
        """The same as over HTTP, for who has the key."""
        made = [token(evaluate_directly(self._secret, key)) for key in keys]
        self.plain.update(zip(made, map(central_token, keys), strict=True))
        return made


class _Registry(RegistryClient):
    """Writes to the registry's table what the registry would write."""

    def __init__(self, engine: Engine, sealer: Pepper) -> None:
        super().__init__(httpx.Client(), str)
        self._engine = engine
        self._sealer = sealer

    def put(self, force: str, add: Sequence[Added], remove: Sequence[Removed]) -> Changed:
        """Entries of new records: there is nothing to remove."""
        rows = [store.Row(self._sealer.seal(one), kind, visibility) for one, kind, visibility in add]
        with self._engine.begin() as connection:
            _hurry(connection)
            store.act_for(connection, force)
            return Changed(added=store.add(connection, force, rows), removed=0)

    def tell_catalogue(self, force: str, datasets: Sequence[Dataset]) -> None:
        """No search reads it."""


def fill(job: Job) -> int:
    """Do it; answers how many records the force has."""
    configure_once()  # a process of its own has its own logs, and standard output is for answers
    engines = [engine_for(url, pool_size=2) for url in (job.node, job.registry, job.central)]
    node, registry, central = engines
    try:
        Loader(node, job.force, AuditLog(node, f"bench/{job.force}")).load(
            job.people / f"{job.force}.jsonl", shipped("ndsc-synthetic")
        )
        evaluator = _Evaluator(index_keys(job.home / "keys" / "evaluator")[1].secret)
        sealer = pepper(job.home / "keys" / "registry")
        indexer = Indexer(node, job.force, evaluator, _Registry(registry, sealer), RegopyDecider())
        indexer.drain()
        with node.begin() as source, central.begin() as target:
            _hurry(target)
            _copy_over(source, target, evaluator.plain)
            records = source.execute(text("SELECT count(*) FROM record")).scalar_one()
        return int(records)
    finally:
        for engine in engines:
            engine.dispose()


def settle(url: str) -> None:
    """What a night's rest gives a database: statistics for the planner, pages known to all, and everything on disk.

    ``url`` is the owner's or an administrator's: a service may not.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _hurry(connection: Connection) -> None:
    connection.execute(text("SET LOCAL synchronous_commit = off"))


def _copy_over(source: Connection, target: Connection, plain: dict[bytes, bytes]) -> None:
    reader, writer = driver_of(source), driver_of(target)
    for table, query in _COPIED.items():
        with (
            reader.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as out,
            writer.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as into,
        ):
            for block in out:
                into.write(block)
    rows = reader.execute("SELECT token, record_id, rule, kind, visibility FROM index_token")
    with writer.cursor().copy("COPY index_token (token, record_id, rule, kind, visibility) FROM STDIN") as into:
        for sealed, *rest in rows:
            into.write_row((plain[bytes(sealed)], *rest))
