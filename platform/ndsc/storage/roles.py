"""Who may do what in a service's database: an owner, as whom migrations run, and the service, which only works there.

The owner does not log in to serve anybody; the service owns nothing, so that it can neither change its tables nor give
itself rights. What it may do with each table: :mod:`ndsc.storage.rights`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from ndsc.errors import InvalidInputError

_LONGEST_NAME = 63
"""Bytes of an identifier that PostgreSQL keeps: longer ones would be cut off, and two be the same."""
_LOCK = 7_390_215_005
"""Advisory lock key: roles are the server's, and two processes that change one at once fail."""


class Roles(NamedTuple):
    """The two roles of a database."""

    owner: str
    service: str


def roles_of(database: str) -> Roles:
    """The names that the roles of a database have where ndsc makes them."""
    roles = Roles(f"{database}_owner", f"{database}_service")
    if max(map(len, roles)) > _LONGEST_NAME:
        raise InvalidInputError(f"{database[:70]!r} is too long a name for a database with roles of its own")
    return roles


def make_roles(connection: psycopg.Connection[Any], roles: Roles, password: str | None) -> None:
    """Make what is not there, and let the service log in with ``password`` (without: where the server asks for none).

    Raises ``psycopg.errors.InsufficientPrivilege`` when the connection's user may not, and then changes nothing.
    """
    with _alone(connection):
        there = _there(connection, roles)
        owner, service = map(sql.Identifier, roles)
        if roles.owner not in there:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(owner))
            if not _is_superuser(connection):
                connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
        if roles.service not in there:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(service))
        if password is not None:
            # Only what the server checks a password by goes there: statements are logged, and others read logs.
            check = connection.pgconn.encrypt_password(password.encode(), roles.service.encode(), b"scram-sha-256")
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(service, sql.Literal(check.decode())))


def give_database(connection: psycopg.Connection[Any], database: str, owner: str) -> None:
    """Make a database the owner's. Raises ``psycopg.errors.InsufficientPrivilege``."""
    asked = "SELECT FROM pg_database WHERE datname = %s AND pg_get_userbyid(datdba) = %s"
    with _alone(connection):
        if connection.execute(asked, (database, owner)).fetchone() is None:
            names = map(sql.Identifier, (database, owner))
            connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(*names))


def drop_roles(connection: psycopg.Connection[Any], roles: Roles) -> None:
    """Remove the roles of a database that is gone."""
    with _alone(connection):
        for role in _there(connection, roles):
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def _there(connection: psycopg.Connection[Any], roles: Roles) -> set[str]:
    found = connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", ([*roles],))
    return {row[0] for row in found}


@contextmanager
def _alone(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """A transaction which no other process makes its changes beside."""
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '60s'")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        yield


def _is_superuser(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (True,)
