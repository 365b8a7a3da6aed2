"""Engines reach a real PostgreSQL and never wait for ever."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from ndsc.storage.database import engine_for


def test_an_engine_speaks_utc_and_postgresql_18_or_later(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("SHOW timezone")).scalar_one() == "UTC"
        assert int(connection.execute(text("SHOW server_version_num")).scalar_one()) >= 150_000


def test_a_statement_that_takes_too_long_is_ended(database: str) -> None:
    impatient = engine_for(database, statement_timeout_ms=50)
    with impatient.connect() as connection, pytest.raises(OperationalError):
        connection.execute(text("SELECT pg_sleep(5)"))
    impatient.dispose()
