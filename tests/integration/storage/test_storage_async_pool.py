"""Statements that an event loop waits for: who runs them, with which bounds, and what becomes of the connections."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine
from tests.hanging_up import hung_up

from ndsc.storage import async_pool
from ndsc.storage.async_pool import AsyncPool
from ndsc.storage.database import engine_for

PROCESS = "SELECT pg_backend_pid()"


@pytest.fixture
def own(database: str) -> Iterator[Engine]:
    """An engine that a test may dispose of, with little patience."""
    made = engine_for(database, statement_timeout_ms=200)
    yield made
    made.dispose()


async def said(pool: AsyncPool, statement: str) -> Any:
    """The one value that a statement answers."""
    async with pool.connection() as connection:
        row = await (await connection.execute(statement)).fetchone()
    assert row is not None
    return row[0]


def on_loop(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await asyncio.wait_for(work(), 30)

    asyncio.run(main())


def backends(engine: Engine, *processes: int) -> int:
    """How many of these the server still has."""
    with engine.connect() as connection:
        return int(
            connection.exec_driver_sql(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", (list(processes),)
            ).scalar_one()
        )


def test_one_connection_serves_statements_that_come_one_after_another(own: Engine) -> None:
    async def work() -> None:
        pool = AsyncPool(own)
        assert await said(pool, PROCESS) == await said(pool, PROCESS)

    on_loop(work)


def test_a_statement_is_a_transaction_and_has_the_bounds_of_the_engine(own: Engine) -> None:
    async def work() -> None:
        pool = AsyncPool(own)
        assert await said(pool, "SHOW timezone") == "UTC"
        first = await said(pool, "SELECT pg_current_xact_id()::text")
        assert await said(pool, "SELECT pg_current_xact_id()::text") != first
        with pytest.raises(psycopg.errors.QueryCanceled):
            await said(pool, "SELECT pg_sleep(5)")
        assert await said(pool, "SELECT 1") == 1, "the connection outlives a statement that was ended"

    on_loop(work)


def test_the_loop_does_other_work_while_a_statement_runs(own: Engine) -> None:
    async def work() -> None:
        pool, steps = AsyncPool(own), 0
        asked = asyncio.create_task(said(pool, "SELECT pg_sleep(0.1)"))
        while not asked.done():
            await asyncio.sleep(0.001)
            steps += 1
        assert steps > 5

    on_loop(work)


def test_no_more_connections_than_were_asked_for_and_no_wait_for_one_without_end(
    own: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(async_pool, "_PATIENCE", 0.05)

    async def work() -> None:
        pool = AsyncPool(own, size=1)
        async with pool.connection():
            with pytest.raises(TimeoutError):
                await said(pool, "SELECT 1")
        assert await said(pool, "SELECT 1") == 1

    on_loop(work)


def test_what_was_left_in_the_middle_of_something_is_not_used_again(own: Engine) -> None:
    async def work() -> None:
        pool = AsyncPool(own)
        async with pool.connection() as connection:
            await connection.execute("BEGIN")
            process = connection.info.backend_pid
        assert await said(pool, PROCESS) != process
        assert connection.closed

    on_loop(work)


def test_a_search_that_is_given_up_leaves_a_pool_that_works(own: Engine) -> None:
    async def work() -> None:
        pool = AsyncPool(own, size=1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await said(pool, "SELECT pg_sleep(5)")
        assert await said(pool, "SELECT 1") == 1

    on_loop(work)


def test_connections_that_the_server_ended_in_between_are_made_anew_and_nobody_hears_of_it(
    own: Engine, engine: Engine
) -> None:
    async def work() -> None:
        pool = AsyncPool(own)
        async with pool.connection(), pool.connection():  # two lie idle afterwards
            pass
        hung_up(engine, own)
        async with pool.connection() as one, pool.connection() as other:
            for connection in (one, other):
                assert await (await connection.execute("SELECT 1")).fetchone() == (1,)

    on_loop(work)


def test_a_connection_that_the_server_ends_under_a_statement_tells_of_them_all(own: Engine) -> None:
    async def work() -> None:
        pool = AsyncPool(own)
        async with pool.connection() as idle:
            with pytest.raises(psycopg.OperationalError):
                await said(pool, "SELECT pg_terminate_backend(pg_backend_pid())")
            assert not idle.closed
        assert await said(pool, "SELECT 1") == 1

    on_loop(work)


def test_disposing_of_the_engine_closes_what_is_idle_and_what_comes_back(own: Engine, engine: Engine) -> None:
    async def work() -> None:
        pool = AsyncPool(own)
        idle = await said(pool, PROCESS)
        async with pool.connection(), pool.connection() as used:
            own.dispose()
            process = used.info.backend_pid
        for _ in range(200):
            if backends(engine, idle, process) == 0:
                break
            await asyncio.sleep(0.01)
        assert backends(engine, idle, process) == 0
        assert await said(pool, "SELECT 1") == 1
        own.dispose()

    on_loop(work)
