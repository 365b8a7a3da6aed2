"""Work by key: each key is worked on by one worker at a time, again if it was woken meanwhile, later if it failed.

A key that fails waits longer each time, apart from all others, so that a broken tenant never delays another. One that
its own round woke rests for as long as the round took: what comes meanwhile is seen to in one round.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog

K = TypeVar("K", bound=Hashable)
_log = structlog.get_logger(__name__)

FIRST_SECONDS, LONGEST_SECONDS = 0.5, 300.0
LONGEST_REST_SECONDS = 0.5


class KnownError(Exception):
    """Told where it belongs. ``within`` so many seconds, if given, the key is looked at whatever it waits for.

    ``reason`` is a code to count it by; the error's own name where none is given.
    """

    def __init__(self, message: str, *, within: float | None = None, reason: str = "") -> None:
        super().__init__(message)
        self.within = within
        self.reason = reason or type(self).__name__


class PermanentError(KnownError):
    """Nothing but a change of the resource will mend it: it is not tried again before one."""


class TemporaryError(KnownError):
    """Tried again, less often each time."""


@dataclass(frozen=True, slots=True)
class Again:
    """Not an error: not done yet, look again after so many seconds even if nothing wakes the key."""

    seconds: float


@dataclass(slots=True)
class _State:
    woken: bool = False
    working: bool = False
    failures: int = 0
    rests_until: float = 0.0
    timer: asyncio.TimerHandle | None = field(default=None)


Told = Callable[[float, str], None]
"""Hears of each round how many seconds it took and the code of what failed, empty where nothing did."""


def _untold(_seconds: float, _reason: str) -> None:
    """Nobody counts."""


class WorkQueue(Generic[K]):
    """Calls ``work(key)`` for each key that is woken, on ``workers`` tasks."""

    def __init__(
        self,
        work: Callable[[K], Awaitable[Again | None]],
        *,
        workers: int = 8,
        told: Told = _untold,
    ) -> None:
        self._work = work
        self._workers = workers
        self._told = told
        self._ready: asyncio.Queue[K] = asyncio.Queue()  # holds a key once at most: bounded by the number of keys
        self._states: dict[K, _State] = {}

    def wake(self, key: K) -> None:
        """Let it be worked on soon; many wakings before that are one."""
        state = self._states.setdefault(key, _State())
        if not state.woken:
            self._disarm(state)
            state.woken = True
            if not state.working:
                self._line_up(key, state)

    def waiting(self) -> int:
        """How many keys wait for a worker."""
        return self._ready.qsize()

    def wake_all(self) -> None:
        """Let every key be worked on that there is anything to know of."""
        for key in tuple(self._states):
            self.wake(key)

    def forget(self, key: K) -> None:
        """The resource is gone: no timer of it is left."""
        state = self._states.get(key)
        if state is not None and not state.working and not state.woken:
            self._disarm(state)
            del self._states[key]

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._worker())

    async def _worker(self) -> None:
        while True:
            key = await self._ready.get()
            state = self._states[key]
            state.woken, state.working = False, True
            try:
                later = await self._try(key, state)
            finally:
                state.working = False
            if state.woken:
                self._line_up(key, state)
            elif later is not None:
                state.timer = asyncio.get_running_loop().call_later(later, self.wake, key)
            else:
                del self._states[key]  # nothing is left to know of it: as many states as there is work, and no more

    def _line_up(self, key: K, state: _State) -> None:
        rest = state.rests_until - time.monotonic()
        if rest > 0:
            state.timer = asyncio.get_running_loop().call_later(rest, self._ready.put_nowait, key)
        else:
            self._ready.put_nowait(key)

    async def _try(self, key: K, state: _State) -> float | None:
        """Seconds until the next attempt, where there is to be one."""
        started = time.monotonic()
        try:
            again = await self._work(key)
        except PermanentError as error:
            self._ended(state, started, error.reason)
            _log.warning("not possible", resource=str(key), error=str(error))
            state.failures = 0
            return error.within
        except Exception as error:
            state.failures += 1
            known = isinstance(error, TemporaryError)
            within = error.within if isinstance(error, TemporaryError) else None
            self._ended(state, started, error.reason if isinstance(error, TemporaryError) else "Unexpected")
            later = min(backoff(state.failures), within or LONGEST_SECONDS)
            log = _log.warning if known else _log.exception
            log("failed", resource=str(key), error=str(error), attempt=state.failures, seconds=round(later, 1))
            return later
        self._ended(state, started, "")
        state.failures = 0
        return again.seconds if again else None

    def _ended(self, state: _State, started: float, reason: str) -> None:
        now = time.monotonic()
        state.rests_until = now + min(now - started, LONGEST_REST_SECONDS)
        self._told(now - started, reason)

    @staticmethod
    def _disarm(state: _State) -> None:
        if state.timer is not None:
            state.timer.cancel()
            state.timer = None


def backoff(failures: int) -> float:
    """Seconds to wait after that many failures: doubled each time, with full jitter above the half."""
    longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(failures - 1, 20))
    return random.uniform(longest / 2, longest)  # noqa: S311  # spreads load, guards nothing
