"""Whether a connection that lay idle is still one, found out without asking its server.

A server that restarts says so to every client, and closes: whoever looks finds something to read where nothing was
asked for. That costs a system call, where a question costs a turn to the server before each statement.
"""

from __future__ import annotations

import select
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError


def has_word(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> bool:
    """Whether the server said something unasked, such as that it goes, or hung up; so is it with one that is closed."""
    if connection.closed:
        return True
    looking = select.poll()
    looking.register(connection.pgconn.socket, select.POLLIN)
    return bool(looking.poll(0))


def watch(engine: Engine) -> None:
    """Have an engine give nobody a connection that is none any more; all of its age go with it."""

    @event.listens_for(engine, "checkout")
    def _look(connection: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
        if has_word(connection) and not _answers(connection):
            raise InvalidatePoolError


def _answers(connection: psycopg.Connection[Any]) -> bool:
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error:
        return False
    return True
