"""What every test may need: a fresh database on a real PostgreSQL, empty, or a service's with it logged in."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ndsc.embedded.databases import Databases
from ndsc.storage.database import engine_for
from ndsc.storage.server import Server, TemporaryServer

_serial = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    """A folder of this run's own for temporary files.

    All runs of one user otherwise share a parent folder, and each run that starts closes it to everybody else: also to
    the user whom an embedded server of another run works as.
    """
    if not config.option.basetemp and not hasattr(config, "workerinput"):
        made = Path(tempfile.mkdtemp(prefix="ndsc-test-"))
        made.chmod(0o711)
        config.option.basetemp = str(made / "t")
        config.add_cleanup(lambda: shutil.rmtree(made, ignore_errors=True))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server that NDSC_TEST_DATABASE names, else an embedded one of this run's own."""
    given = os.environ.get("NDSC_TEST_DATABASE")
    with Server(given) if given else TemporaryServer(durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def database_factory(postgres: Server) -> Iterator[Callable[[], str]]:
    """Makes a fresh, empty database at each call and answers its URL."""
    made: list[str] = []

    def make() -> str:
        made.append(f"test_{os.getpid()}_{next(_serial)}")
        return postgres.database(made[-1])

    yield make
    if not isinstance(postgres, TemporaryServer):  # which goes as a whole, and far quicker
        for name in made:
            postgres.drop(name)


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


@pytest.fixture(scope="session")
def databases(postgres: Server) -> Iterator[Databases]:
    """Services' databases on that server, with the roles that they have in use."""
    made = Databases(postgres, lambda role: f"open-{role}")
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def service_engine(databases: Databases, postgres: Server) -> Iterator[Callable[[str], Engine]]:
    """Makes a fresh, migrated database of a service at each call; the engine is logged in as the service."""
    made: list[tuple[str, str]] = []

    def make(service: str) -> Engine:
        made.append((service, f"test_{os.getpid()}_{next(_serial)}"))
        return databases.engine(*made[-1])

    yield make
    if not isinstance(postgres, TemporaryServer):
        for one in made:
            databases.drop(*one)
