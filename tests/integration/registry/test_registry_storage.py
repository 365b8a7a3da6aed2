"""What the registry keeps: no name, no key, no token as it was given; and its schema and query plans."""

from __future__ import annotations

import time

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from tests.integration.registry.conftest import PEPPER, Running
from tests.owning import owner_of

from ndsc.index.encoding import encode
from ndsc.index.keys import keys_of
from ndsc.index.oprf import evaluate_directly, token
from ndsc.index.oprf_keys import OprfKey
from ndsc.model.dates import PartialDate
from ndsc.model.pole import Person
from ndsc.registry.store import LOOKUP
from ndsc.registry.tables import metadata

PERSON = Person(given_name="Quintessa", surname="Marrowby", date_of_birth=PartialDate(1987, 3, 9))


def test_models_and_migrated_schema_do_not_differ(registry_engine: Engine) -> None:
    with registry_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_storage_holds_no_token_no_key_and_nobody_s_name(running: Running) -> None:
    oprf = OprfKey.generate(1)
    keys = [key.canonical for key in keys_of(PERSON)]
    tokens = [token(evaluate_directly(oprf.secret, key)) for key in keys]
    node = running.node("kent")
    node.put("kent", [(one, "person", "silent") for one in tokens], [])
    running.lookup(tokens)
    node.rebuild("kent", [(one, "person", "visible") for one in tokens])
    running.lookup(tokens)
    kept = _everything(running.engine)
    assert PEPPER.seal(tokens[0]).hex() in kept
    for secret in (*keys, *tokens, PEPPER.secret, oprf.secret, b"Marrowby", b"marrowby", b"1987-03-09"):
        assert secret.hex() not in kept
        assert encode(secret) not in kept
        assert secret.decode("utf-8", "replace").casefold() not in kept.casefold()


def test_an_entry_has_no_column_that_could_say_more(registry_engine: Engine) -> None:
    with registry_engine.connect() as connection:
        columns = connection.execute(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = 'entry' ORDER BY 1")
        ).scalars()
        assert columns.all() == ["force", "kind", "sealed", "visibility"]


def test_a_lookup_among_200_000_entries_reads_one_index_and_is_quick(registry_engine: Engine) -> None:
    with owner_of(registry_engine).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(
                "INSERT INTO entry SELECT 'force-' || n % 43, sha256(int4send(n)), 'person', 'visible'"
                " FROM generate_series(1, 200000) n"
            )
        )
        connection.execute(text("VACUUM ANALYZE entry"))
    with registry_engine.connect() as connection:
        sealed = [
            bytes(row)
            for row in connection.execute(text("SELECT sealed FROM entry ORDER BY sealed LIMIT 14")).scalars()
        ]
        plan = connection.exec_driver_sql("EXPLAIN " + LOOKUP, {"sealed": sealed}).scalars().all()
        assert any("Index Only Scan using entry_lookup" in line for line in plan), plan
        assert not any("Seq Scan" in line for line in plan), plan
        took = []
        for _ in range(50):
            started = time.perf_counter()
            connection.exec_driver_sql(LOOKUP, {"sealed": sealed}).all()
            took.append(time.perf_counter() - started)
    assert sorted(took)[25] < 0.02


def _everything(engine: Engine) -> str:
    """Every row of every table as text; bytes are in hexadecimal."""
    with engine.connect() as connection:
        tables = connection.execute(
            text("SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ).scalars()
        rows = [connection.execute(text(f"SELECT t::text FROM {table} t")).scalars().all() for table in tables.all()]
    return "\n".join(line for lines in rows for line in lines)
