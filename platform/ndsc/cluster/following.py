"""Follows the hub: the state of the network as it was last told, kept up to date by a thread of its own.

While the hub is away the last state counts: an agreement still ends on its day, for that is looked at every few seconds
here too, but what a party closes meanwhile is learnt when the hub is back. How old the state is can be asked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime

import structlog

from ndsc.errors import NdscError, UnavailableError
from ndsc.hub.client import HubClient
from ndsc.hub.schemas import NetworkState
from ndsc.web.logging import place_of
from ndsc.web.patience import pause

WAIT_SECONDS = 20
"""How long the hub may hold an answer back: also how late a new day is noticed, at most."""
AT_ONCE_SECONDS = 1.0
"""An answer that is nothing new and came sooner than this was not held back: the next call waits a little."""
LONGEST_PAUSE_SECONDS = 15.0
_CLOSE_SECONDS = 5.0

_log = structlog.get_logger("ndsc.cluster")


class Following:
    """``changed`` is called in the thread, with every new state and with the present one when a new day begins (UTC).

    Where it raises, the state counts as not taken, and it is called again.
    """

    def __init__(
        self,
        hub: HubClient,
        changed: Callable[[NetworkState, date], None],
        *,
        wait: int = WAIT_SECONDS,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._hub = hub
        self._changed = changed
        self._wait = wait
        self._today = today
        self._state: NetworkState | None = None
        self._day: date | None = None
        self._confirmed = 0.0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="following-hub", daemon=True)

    def start(self) -> None:
        """Begin; answers at once."""
        self._thread.start()

    def close(self) -> None:
        """End. A call that the hub still holds back is left to end by itself."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_SECONDS)

    def state(self) -> NetworkState | None:
        """The state that was taken last; none before the first."""
        return self._state

    def age(self) -> float | None:
        """Seconds since the hub last said that this is how the network stands; none before the first."""
        return time.monotonic() - self._confirmed if self._state is not None else None

    def ready(self) -> None:
        """Raises :class:`UnavailableError` before the first state: nothing could be decided."""
        if self._state is None:
            raise UnavailableError("The hub has not told yet how the network stands.", hint="See whether it is ready.")

    def _run(self) -> None:
        failures = 0
        while not self._ending.is_set():
            asked = time.monotonic()
            try:
                news = self._follow()
            except Exception as error:
                _tell(error)
                self._look_at_the_day()
                self._ending.wait(pause(failures, most=LONGEST_PAUSE_SECONDS))
                failures += 1
                continue
            failures = 0
            if not news and time.monotonic() - asked < min(AT_ONCE_SECONDS, self._wait):
                self._ending.wait(pause(2))

    def _follow(self) -> bool:
        """Ask once; whether there was something new."""
        known = self._state.revision if self._state is not None else ""
        told = self._hub.network(known, wait=self._wait if known else 0)
        if told is not None:
            self._take(told)
        self._confirmed = time.monotonic()
        if told is None:
            self._look_at_the_day()
        return told is not None

    def _look_at_the_day(self) -> None:
        if self._state is not None and self._day != self._today():
            try:
                self._take(self._state)
            except Exception as error:
                _tell(error)

    def _take(self, state: NetworkState) -> None:
        day = self._today()
        self._changed(state, day)
        self._state, self._day = state, day


def _tell(error: Exception) -> None:
    if isinstance(error, NdscError):
        _log.warning("hub-not-followed", code=error.code)
    else:
        _log.error("hub-not-followed", error=type(error).__name__, where=place_of(error))
