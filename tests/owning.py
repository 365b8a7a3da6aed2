"""What only the owner of a service's tables can do to them: tests tamper where the service itself may not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.pool import NullPool


def owner_of(engine: Engine) -> Engine:
    """An engine on the same database for the server's own user; it keeps no connection open."""
    given = make_url(os.environ.get("NDSC_TEST_DATABASE") or "postgresql://postgres@/")
    embedded = (given.host, given.query.get("host")) != (engine.url.host, engine.url.query.get("host"))
    user, password = ("postgres", None) if embedded else (given.username, given.password)
    return create_engine(engine.url.set(username=user, password=password), poolclass=NullPool)


@contextmanager
def owning(engine: Engine) -> Iterator[Connection]:
    """A transaction of that user."""
    with owner_of(engine).begin() as connection:
        yield connection


@contextmanager
def no_log(engine: Engine) -> Iterator[None]:
    """While this lasts, nothing can be written to the audit log."""
    with owning(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE audit_entry RENAME TO audit_entry_away")
    try:
        yield
    finally:
        with owning(engine) as connection:
            connection.exec_driver_sql("ALTER TABLE audit_entry_away RENAME TO audit_entry")
