"""Answers that all resources share: asked for once in some seconds, however many rounds want them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """What ``ask`` answered no longer ago than ``seconds``; who wants it while it is asked for waits for that one."""

    def __init__(self, ask: Callable[[], Awaitable[T]], seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._asking = asyncio.Lock()
        self._known: tuple[float, T] | None = None

    async def get(self) -> T:
        """Raises what ``ask`` raises, of which nothing is remembered."""
        async with self._asking:
            if self._known is None or time.monotonic() - self._known[0] > self._seconds:
                self._known = (time.monotonic(), await self._ask())
            return self._known[1]
