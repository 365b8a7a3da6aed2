"""Engines with every wait bounded, and the migrations that a service brings with it."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import URL, Engine, MetaData, create_engine, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

from ndsc.storage import alive
from ndsc.storage.errors import NotAUrlError
from ndsc.storage.rights import become, grant
from ndsc.storage.roles import Roles

_MIGRATION_LOCK = 7_390_215_001
"""Advisory lock key: two replicas that start together must not both migrate."""
_alembic = threading.Lock()  # Alembic keeps its context in module globals


def database_url(text: str) -> URL:
    """Read a PostgreSQL URL; a bare ``postgresql://`` is given the psycopg driver. Raises :class:`NotAUrlError`."""
    try:
        return make_url(text).set(drivername="postgresql+psycopg")
    except ArgumentError as error:
        raise NotAUrlError from error


def engine_for(url: str | URL, *, pool_size: int = 4, statement_timeout_ms: int = 30_000) -> Engine:
    """An engine whose connecting, statements, lock waits and pool waits all end; a server may restart between them."""
    made = create_engine(
        _bounded(database_url(url) if isinstance(url, str) else url, statement_timeout_ms),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
    )
    alive.watch(made)
    return made


def _bounded(url: URL, statement_timeout_ms: int) -> URL:
    """The bounds stand in the URL, so that whoever connects by it has them, on an engine or beside one."""
    settings = (
        f"-c statement_timeout={statement_timeout_ms} -c lock_timeout=10000 -c timezone=UTC"
        " -c random_page_cost=1.1"  # the default is for disks that seek
    )
    return url.update_query_dict({"connect_timeout": "10", "options": settings})


def migrate(engine: Engine, migrations: Path, tables: MetaData | None = None, roles: Roles | None = None) -> None:
    """Bring a database to the newest revision in ``migrations``; safe to call again, and from several replicas.

    ``migrations`` holds an Alembic environment whose ``env.py`` calls :func:`run_migrations`. With ``roles``, what is
    there and what is made belongs to the owner, whom the engine's user must be or may become, and the service is left
    the rights that ``tables`` name: all in one transaction, so that a service that may read its revision has them.
    A database that a later version has migrated further stays as it is: that version's rights hold on it.
    """
    with engine.begin() as connection:
        if roles is None and _revision(connection) == newest(migrations):
            return
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        if roles is not None:
            become(connection, roles.owner)
        found = _revision(connection)
        if found is not None and found > newest(migrations):
            return
        if found != newest(migrations):
            _upgrade(connection, migrations)
        if roles is not None and tables is not None:
            grant(connection, tables, roles.service)


def can_log_in(engine: Engine) -> bool:
    """Whether there is such a database, and the engine's user is let in."""
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False


def is_current(engine: Engine, migrations: Path) -> bool:
    """Whether the engine's user can log in, and finds the newest revision of all that it works with, or a later one.

    What a later version has migrated must go on serving this one: an upgrade replaces one copy after another, and may
    be taken back.
    """
    try:
        with engine.connect() as connection:
            found = _revision(connection)
    except (OperationalError, ProgrammingError):  # no such database or role, or it may not
        return False
    return found is not None and found >= newest(migrations)


def _upgrade(connection: Connection, migrations: Path) -> None:
    from alembic import command  # noqa: PLC0415  # slow to load, and mostly there is nothing to do
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    with _alembic:
        command.upgrade(config, "head")


def newest(migrations: Path) -> str:
    """The newest revision: files in ``versions`` begin with their revision's four digits, as in ``0001_records.py``."""
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
