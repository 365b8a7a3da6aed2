"""How much one caller may ask: a bucket that fills at a steady rate, counted in memory and never for more than a few.

Each replica counts alone, so the quota of a service is this times its replicas; a restart fills every bucket.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from ndsc.errors import NdscError

OFFICER_PER_MINUTE = 1_200
"""Questions that one officer may ask a part in a minute: more than a person types, less than copying a force takes."""

_MOST_CALLERS = 1_000
"""Callers remembered; one that was forgotten starts with a full bucket."""


class QuotaExceededError(NdscError):
    """The caller has asked for too much in too short a time."""

    code = "quota-exceeded"
    title = "Too much asked"
    status = 429


class Quota:
    """``per_minute`` units for each caller, of which all may be used at once."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._rate = per_minute / 60
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, units: int) -> None:
        """Use ``units`` of a caller's quota. Raises :class:`QuotaExceededError` and then uses none."""
        with self._lock:
            now = self._clock()
            left, since = self._left.pop(caller, (self._size, now))
            left = min(self._size, left + (now - since) * self._rate)
            allowed = units <= left
            self._left[caller] = (left - units if allowed else left, now)
            if len(self._left) > _MOST_CALLERS:
                self._left.popitem(last=False)
        if not allowed:
            raise QuotaExceededError(
                f"The quota is {self._size:.0f} a minute.", hint="Wait a minute, or ask for less at once."
            )
