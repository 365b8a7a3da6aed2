"""A database for each service of the embedded network, made and migrated when it is first opened."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sqlalchemy import Engine

from ndsc.errors import UnavailableError
from ndsc.storage.database import can_log_in, database_url, engine_for, is_current, migrate
from ndsc.storage.roles import roles_of
from ndsc.storage.server import Server
from ndsc.storage.services import migrations_of, tables_of


class Databases:
    """Engines by name, each logged in as its service; the tables come from the migrations that its package brings.

    ``passwords`` are the services' by role, for a server that asks for one.
    """

    def __init__(self, server: Server, passwords: Callable[[str], str] | None = None) -> None:
        self.server = server
        self.unguarded: dict[str, str] = {}
        """Databases without roles, where services may do all that the server's user may, and why PostgreSQL refused."""
        self._passwords = passwords
        self._engines: dict[str, Engine] = {}
        self._lock = threading.RLock()

    def engine(self, service: str, name: str | None = None) -> Engine:
        """The engine of a service's database; a node's is named after its force."""
        database = f"ndsc_{(name or service).replace('-', '_')}"
        with self._lock:
            if database not in self._engines:
                self._engines[database] = self._open(service, database)
            return self._engines[database]

    def _open(self, service: str, database: str) -> Engine:
        """Log in as the service and find all well, which is one round trip or two; else make it so."""
        roles, migrations = roles_of(database), migrations_of(service)
        password = self._passwords(roles.service) if self._passwords else None
        url = database_url(self.server.url_of(database))._replace(username=roles.service, password=password)
        engine = engine_for(url, pool_size=2)
        if is_current(engine, migrations):
            return engine
        # Who can log in keeps the password: an administrator may since have lost the right to change it.
        refused = self.server.prepare(database, roles, None if can_log_in(engine) else password)
        engine.dispose()
        making = engine_for(self.server.url_of(database), pool_size=2)
        migrate(making, migrations, tables_of(service), None if refused else roles)
        if refused:
            self.unguarded[database] = refused
            return making
        making.dispose()
        if not is_current(engine, migrations):
            raise UnavailableError(
                f"PostgreSQL does not let {roles.service} log in to {database}.",
                hint="Allow the roles ndsc_* in its pg_hba.conf.",
            )
        return engine

    def copy(self, service: str, template: str, name: str) -> None:
        """Make a service's database as a copy of another of its own, which nobody may be using: faster than migrating.

        One that exists already stays as it is.
        """
        source, target = (f"ndsc_{one.replace('-', '_')}" for one in (template, name))
        with self._lock:
            self.engine(service, template).dispose()
            self.server.database(target, template=source)

    def has(self, service: str, name: str | None = None) -> bool:
        """Whether a service has a database already."""
        return self.server.has(f"ndsc_{(name or service).replace('-', '_')}")

    def drop(self, service: str, name: str | None = None) -> None:
        """Remove a service's database with all it holds."""
        database = f"ndsc_{(name or service).replace('-', '_')}"
        with self._lock:
            engine = self._engines.pop(database, None)
            if engine is not None:
                engine.dispose()
            self.server.drop(database)

    def dispose(self) -> None:
        """Close every connection."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    def close(self) -> None:
        """Close every connection, and let go of the server."""
        self.dispose()
        self.server.close()
