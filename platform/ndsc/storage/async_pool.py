"""Short statements that an event loop waits for: no thread is handed the work, and none is woken by the answer.

An engine is for threads. To hand one statement to a thread and be told of its end costs as much processor time as the
statement, and SQLAlchemy twice that; what is asked once in every search goes this way instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event

from ndsc.storage import alive

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

_PATIENCE = 10.0
"""Seconds that a statement waits for a connection; how long it may take, the engine's URL says."""


class AsyncPool:
    """A few connections for the loop that a service runs on, made when they are first needed.

    They log in as ``engine`` does, and have its bounds. Disposing of the engine closes them.
    """

    def __init__(self, engine: Engine, size: int = 4) -> None:
        self._login = dict(engine.dialect.create_connect_args(engine.url)[1])
        self._places = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        event.listen(engine, "engine_disposed", self._dispose)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection on which each statement is a transaction of its own.

        Raises ``psycopg.Error`` when none can be made, and ``TimeoutError`` when none is free in time.
        """
        async with asyncio.timeout(_PATIENCE):
            await self._places.acquire()
        try:
            idle = self._idle
            if idle and alive.has_word(idle[-1]):  # as the others will have
                self._dispose()
                idle = self._idle
            connection = idle.pop() if idle else await self._connect()
            try:
                yield connection
            finally:
                await self._put_back(connection, idle)
        finally:
            self._places.release()

    async def _connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(**self._login, autocommit=True)

    async def _put_back(self, connection: Connection, idle: list[Connection]) -> None:
        """Keep it, unless it broke, was left in the middle of something, or the engine was disposed of meanwhile."""
        if connection.closed:  # as the others will be: a server that went away took them all
            self._dispose()
        elif idle is self._idle and connection.info.transaction_status is TransactionStatus.IDLE:
            idle.append(connection)
        else:
            await connection.close()

    def _dispose(self, _engine: Engine | None = None) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.pgconn.finish()  # what close() does, for whoever is not on the loop
