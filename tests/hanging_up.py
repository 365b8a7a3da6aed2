"""A server that ends its clients' connections, as one that restarts does."""

from __future__ import annotations

import time

from sqlalchemy import Engine, text

SECONDS = 10


def hung_up(by: Engine, on: Engine) -> None:
    """End all connections to a database of everybody but ``by``; return once the server has none of them any more."""
    others = "FROM pg_stat_activity WHERE datname = :database AND pid <> pg_backend_pid() AND usename IS NOT NULL"
    whose = {"database": on.url.database}
    with by.connect() as connection:
        assert connection.execute(text(f"SELECT count(pg_terminate_backend(pid)) {others}"), whose).scalar_one()
        deadline = time.monotonic() + SECONDS
        while connection.execute(text(f"SELECT count(*) {others}"), whose).scalar_one():
            assert time.monotonic() < deadline, "the server still has them"
            connection.rollback()
            time.sleep(0.02)
