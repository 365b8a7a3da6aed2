"""The work queue: each key by itself, once at a time, again when woken meanwhile, later when it failed."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from ndsc_operator import queue
from ndsc_operator.queue import Again, PermanentError, TemporaryError, WorkQueue, backoff

Work = Callable[[str], Awaitable[Again | None]]


async def run(work: Work, *keys: str, seconds: float = 0.2, workers: int = 4) -> WorkQueue[str]:
    made: WorkQueue[str] = WorkQueue(work, workers=workers)
    for key in keys:
        made.wake(key)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(made.run(), seconds)
    return made


def test_many_wakings_before_the_work_are_one() -> None:
    done: Counter[str] = Counter()

    async def work(key: str) -> None:
        done[key] += 1

    asyncio.run(run(work, "kent", "kent", "essex", "kent"))
    assert done == {"kent": 1, "essex": 1}


def test_a_key_woken_while_it_is_worked_on_is_worked_on_once_more_and_never_twice_at_once() -> None:
    running, most, done = 0, 0, 0

    async def scenario() -> None:
        made: WorkQueue[str]

        async def work(key: str) -> None:
            nonlocal running, most, done
            running += 1
            most = max(most, running)
            if done == 0:
                made.wake(key)
                made.wake(key)
            await asyncio.sleep(0.01)
            running -= 1
            done += 1

        made = WorkQueue(work, workers=4)
        made.wake("kent")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(made.run(), 0.2)

    asyncio.run(scenario())
    assert (most, done) == (1, 2)


def test_a_key_that_fails_is_tried_again_later_and_delays_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "FIRST_SECONDS", 0.01)
    done: Counter[str] = Counter()

    async def work(key: str) -> None:
        done[key] += 1
        if key == "broken":
            raise TemporaryError("no")

    asyncio.run(run(work, "broken", "kent", "essex", workers=1))
    assert done["kent"] == done["essex"] == 1
    assert done["broken"] > 2


def test_a_permanent_error_waits_for_a_change() -> None:
    done: Counter[str] = Counter()

    async def work(key: str) -> None:
        done[key] += 1
        raise PermanentError("refused")

    asyncio.run(run(work, "kent"))
    assert done == {"kent": 1}


@pytest.mark.parametrize("kind", [PermanentError, TemporaryError])
def test_whatever_it_waits_for_a_key_is_looked_at_in_the_time_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, kind: type[PermanentError | TemporaryError]
) -> None:
    monkeypatch.setattr(queue, "FIRST_SECONDS", 100.0)
    attempts = 0

    async def work(_: str) -> None:
        nonlocal attempts
        attempts += 1
        raise kind("no database", within=0.05)

    asyncio.run(run(work, "kent", seconds=0.3))
    assert attempts >= 3


def test_what_is_not_done_yet_is_looked_at_again_in_its_time() -> None:
    done: Counter[str] = Counter()

    async def work(key: str) -> Again | None:
        done[key] += 1
        return Again(0.01) if done[key] < 3 else None

    asyncio.run(run(work, "kent"))
    assert done == {"kent": 3}


def test_a_key_that_is_forgotten_has_no_timer_left() -> None:
    done: Counter[str] = Counter()

    async def scenario() -> None:
        async def work(key: str) -> Again:
            done[key] += 1
            return Again(0.05)

        made: WorkQueue[str] = WorkQueue(work)
        made.wake("kent")
        working = asyncio.create_task(made.run())
        await asyncio.sleep(0.02)
        made.forget("kent")
        await asyncio.sleep(0.1)
        working.cancel()

    asyncio.run(scenario())
    assert done == {"kent": 1}


def test_waits_double_up_to_a_bound_and_are_spread() -> None:
    for failures in range(1, 60):
        longest = min(queue.LONGEST_SECONDS, queue.FIRST_SECONDS * 2 ** (failures - 1))
        assert longest / 2 <= backoff(failures) <= longest
    assert len({backoff(5) for _ in range(20)}) > 10


async def own_cause(seconds: float, *, of: float) -> int:
    """How often a key is worked on in so many seconds whose every round takes ``of`` seconds and wakes it thrice."""
    done = 0

    async def work(key: str) -> None:
        nonlocal done
        done += 1
        for _ in range(3):
            made.wake(key)
            await asyncio.sleep(of / 3)
        made.wake(key)

    made: WorkQueue[str] = WorkQueue(work)
    made.wake("kent")
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(made.run(), seconds)
    return done


def test_a_key_that_its_own_round_wakes_rests_as_long_as_the_round_took() -> None:
    assert asyncio.run(own_cause(0.5, of=0.06)) in range(2, 6)


def test_no_key_rests_longer_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "LONGEST_REST_SECONDS", 0.0)
    assert asyncio.run(own_cause(0.5, of=0.03)) > 6


def test_a_key_that_rests_is_woken_once_and_delays_no_other() -> None:
    done: list[tuple[str, float]] = []

    async def scenario() -> None:
        async def work(key: str) -> Again:
            done.append((key, asyncio.get_running_loop().time()))
            await asyncio.sleep(0.1 if key == "kent" else 0)
            return Again(60)

        made: WorkQueue[str] = WorkQueue(work)
        made.wake("kent")
        working = asyncio.create_task(made.run())
        await asyncio.sleep(0.11)
        for _ in range(3):
            made.wake("kent")
        made.wake("essex")
        await asyncio.sleep(0.3)
        working.cancel()

    asyncio.run(scenario())
    assert [key for key, _ in done] == ["kent", "essex", "kent"]
    assert done[2][1] - done[0][1] >= 0.2
