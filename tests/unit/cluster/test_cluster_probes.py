"""A part says whether it can answer, and why not, in bounded time."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from ndsc.cluster import probes
from ndsc.cluster.errors import NotReadyError
from ndsc.cluster.probes import Readiness


def lacking() -> None:
    raise NotReadyError("it is away")


def broken() -> None:
    raise RuntimeError("postgresql://user:open-sesame@db")


def fine() -> None:
    """All is well."""


async def told(readiness: Readiness) -> list[str]:
    return await readiness.problems()


def test_it_is_ready_while_it_serves_and_nothing_is_missing() -> None:
    readiness = Readiness({"database": fine})
    assert asyncio.run(told(readiness)) == ["It is starting."]
    readiness.serving = True
    assert asyncio.run(told(readiness)) == []
    readiness.ending = True
    assert asyncio.run(told(readiness)) == ["It is ending."]


def test_each_thing_that_is_missing_is_told_and_no_message_of_a_library() -> None:
    readiness = Readiness({"database": lacking, "network": broken, "certificate": fine})
    readiness.serving = True
    assert asyncio.run(told(readiness)) == ["database: it is away", "network: RuntimeError"]


def test_a_check_that_hangs_is_asked_once_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "_CHECK_SECONDS", 0.05)
    asked, go_on = [0], threading.Event()

    def hangs() -> None:
        asked[0] += 1
        go_on.wait(10)

    async def thrice() -> list[list[str]]:
        readiness = Readiness({"database": hangs})
        found = [await readiness.missing() for _ in range(3)]
        go_on.set()
        return found

    started = time.monotonic()
    assert asyncio.run(thrice()) == [["database: no answer"]] * 3
    assert asked == [1]
    assert time.monotonic() - started < 5
