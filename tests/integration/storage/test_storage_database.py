"""Engines reach a real PostgreSQL and never wait for ever."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from tests.hanging_up import hung_up

import ndsc
from ndsc.storage.database import engine_for, newest

MIGRATIONS = sorted(Path(ndsc.__file__).parent.glob("*/migrations"))


def test_an_engine_speaks_utc_and_postgresql_18_or_later(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("SHOW timezone")).scalar_one() == "UTC"
        assert int(connection.execute(text("SHOW server_version_num")).scalar_one()) >= 150_000


def test_a_statement_that_takes_too_long_is_ended(database: str) -> None:
    impatient = engine_for(database, statement_timeout_ms=50)
    with impatient.connect() as connection, pytest.raises(OperationalError):
        connection.execute(text("SELECT pg_sleep(5)"))
    impatient.dispose()


@pytest.mark.parametrize("migrations", MIGRATIONS, ids=lambda path: path.parent.name)
def test_the_newest_revision_is_known_without_reading_them_all(migrations: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    assert newest(migrations) == ScriptDirectory.from_config(config).get_current_head()


def test_a_server_that_hung_up_in_between_is_called_again_and_nobody_hears_of_it(engine: Engine, database: str) -> None:
    own = engine_for(database)
    with own.connect(), own.connect():  # two lie idle afterwards
        pass
    hung_up(engine, own)
    for _ in range(2):
        with own.connect() as one, own.connect() as other:
            assert one.execute(text("SELECT 1")).scalar_one() == other.execute(text("SELECT 1")).scalar_one() == 1
    own.dispose()


def test_a_connection_that_was_closed_behind_its_pool_is_made_anew(database: str) -> None:
    own = engine_for(database)
    with own.connect() as connection:
        held = connection.connection.driver_connection
    assert held is not None
    held.close()
    with own.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    own.dispose()
