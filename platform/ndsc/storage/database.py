"""Engines with every wait bounded, and the migrations that a service brings with it."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.engine import Connection

_MIGRATION_LOCK = 7_390_215_001
"""Advisory lock key: two replicas that start together must not both migrate."""
_alembic = threading.Lock()  # Alembic keeps its context in module globals


def database_url(text: str) -> URL:
    """Read a PostgreSQL URL; a bare ``postgresql://`` is given the psycopg driver."""
    return make_url(text).set(drivername="postgresql+psycopg")


def engine_for(url: str | URL, *, pool_size: int = 4, statement_timeout_ms: int = 30_000) -> Engine:
    """An engine whose connecting, statements, lock waits and pool waits all end."""
    return create_engine(
        database_url(url) if isinstance(url, str) else url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_pre_ping=False,
        connect_args={
            "connect_timeout": 10,
            "options": f"-c statement_timeout={statement_timeout_ms} -c lock_timeout=10000 -c timezone=UTC",
        },
    )


def migrate(engine: Engine, migrations: Path) -> None:
    """Bring a database to the newest revision in ``migrations``; safe to call again, and from several replicas.

    ``migrations`` holds an Alembic environment whose ``env.py`` calls :func:`run_migrations`.
    """
    with engine.begin() as connection:
        if _revision(connection) == newest(migrations):
            return
        from alembic import command  # noqa: PLC0415  # slow to load, and mostly there is nothing to do
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(migrations))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        with _alembic:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            command.upgrade(config, "head")


def newest(migrations: Path) -> str:
    """The newest revision: files in ``versions`` begin with their revision's number, as in ``0001_records.py``."""
    return max(file.name.partition("_")[0] for file in (migrations / "versions").glob("[0-9]*.py"))


def run_migrations() -> None:
    """The whole of every service's ``migrations/env.py``."""
    from alembic import context  # noqa: PLC0415  # exists only while Alembic runs an environment

    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, transactional_ddl=True)
    context.run_migrations()


def _revision(connection: Connection) -> str | None:
    if connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar_one() is None:
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
