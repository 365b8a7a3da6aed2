"""A database for each service of the embedded network, made and migrated when it is first opened."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path

from sqlalchemy import Engine

from ndsc.storage.database import engine_for, migrate
from ndsc.storage.server import Server


class Databases:
    """Engines by name; each service's tables come from the migrations that its package brings."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._engines: dict[str, Engine] = {}
        self._lock = threading.RLock()

    def engine(self, service: str, name: str | None = None) -> Engine:
        """The engine of a service's database; a node's is named after its force."""
        database = f"ndsc_{(name or service).replace('-', '_')}"
        with self._lock:
            if database not in self._engines:
                engine = engine_for(self.server.database(database), pool_size=2)
                migrate(engine, _migrations(service))
                self._engines[database] = engine
            return self._engines[database]

    def copy(self, service: str, template: str, name: str) -> None:
        """Make a service's database as a copy of another of its own, which nobody may be using: faster than migrating.

        One that exists already stays as it is.
        """
        source, target = (f"ndsc_{one.replace('-', '_')}" for one in (template, name))
        with self._lock:
            self.engine(service, template).dispose()
            self.server.database(target, template=source)

    def drop(self, service: str, name: str | None = None) -> None:
        """Remove a service's database with all it holds."""
        database = f"ndsc_{(name or service).replace('-', '_')}"
        with self._lock:
            engine = self._engines.pop(database, None)
            if engine is not None:
                engine.dispose()
            self.server.drop(database)

    def close(self) -> None:
        """Close every connection, and let go of the server."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        self.server.close()


def _migrations(service: str) -> Path:
    file = importlib.import_module(f"ndsc.{service}").__file__
    assert file is not None
    return Path(file).parent / "migrations"
