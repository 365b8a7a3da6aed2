"""What the hub tells of the network, and to whom: nodes and the gateway, which decide by it."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass

from ndsc.errors import UnavailableError
from ndsc.hub.errors import CallerRefusedError, NotYetReadError
from ndsc.hub.schemas import NetworkState
from ndsc.trust.tokens import ServiceClaims
from ndsc.web.quotas import Quota

AUDIENCE = "hub"
FOLLOWERS = frozenset({"node", "gateway"})
LONGEST_WAIT = 30
"""Seconds that an answer is held back at most, until there is something new."""
MOST_WAITING = 4_000
"""Callers who wait at once; one more is answered without waiting."""
CALLS_PER_MINUTE = 600
"""Of each force's node, all its copies together, and of the gateway."""


@dataclass(frozen=True, slots=True)
class Told:
    """One state, written out once for everybody who asks."""

    revision: str
    content: bytes

    @classmethod
    def of(cls, state: NetworkState) -> Told:
        """As compact JSON."""
        text = json.dumps(state.dump(), ensure_ascii=False, separators=(",", ":"))
        return cls(state.revision, text.encode())


class Hub:
    """Holds the present state. States may be published from any thread."""

    def __init__(self, *, calls_per_minute: int = CALLS_PER_MINUTE, most_waiting: int = MOST_WAITING) -> None:
        self._told: Told | None = None
        self._lock = threading.Lock()
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._quota = Quota(calls_per_minute)
        self._most_waiting = most_waiting
        self._closed = False

    def publish(self, state: NetworkState) -> None:
        """This is the network from now on: whoever waits is told."""
        told = Told.of(state)
        with self._lock:
            self._told = told
        self._wake()

    def close(self) -> None:
        """Let nobody wait any longer: the hub is about to end."""
        self._closed = True
        self._wake()

    @property
    def waiting(self) -> int:
        """How many callers wait for something new."""
        return len(self._waiting)

    def ready(self) -> None:
        """Raises :class:`NotYetReadError` before the first state."""
        if self._told is None:
            raise NotYetReadError("The hub has not read every resource of the cluster yet.", hint="Ask again soon.")

    async def network(self, caller: ServiceClaims, known: frozenset[str], wait: float) -> Told:
        """The state; if its revision is ``known``, it is held back for up to ``wait`` seconds until there is another.

        Raises :class:`CallerRefusedError`, ``QuotaExceededError``, or :class:`NotYetReadError` before the first.
        """
        if caller.service not in FOLLOWERS:
            raise CallerRefusedError("Only nodes and the gateway may ask this.")
        self._quota.take(f"{caller.service}/{caller.force or ''}", 1)
        told = self._present()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(wait, LONGEST_WAIT)
        while told.revision in known and not self._closed and (left := deadline - loop.time()) > 0:
            if not await self._changed(told, left):
                break
            told = self._present()
        return told

    def _present(self) -> Told:
        self.ready()
        if self._told is None:
            raise UnavailableError("The hub knows no state.")
        return self._told

    async def _changed(self, told: Told, seconds: float) -> bool:
        """Whether there may be another state by then; not waited for where too many wait."""
        news = asyncio.Event()
        with self._lock:
            if self._told is not told:
                return True
            if len(self._waiting) >= self._most_waiting:
                return False
            self._waiting[news] = asyncio.get_running_loop()
        try:
            await asyncio.wait_for(news.wait(), seconds)
        except TimeoutError:
            return False
        finally:
            with self._lock:
                self._waiting.pop(news, None)
        return True

    def _wake(self) -> None:
        with self._lock:
            waiting = list(self._waiting.items())
        for news, loop in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(news.set)
