"""Says what is under way, and again from time to time, so that a long build is told from one that hangs."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

Say = Callable[[str], None]
_EVERY_SECONDS = 20.0


@contextlib.contextmanager
def progress(say: Say, what: str, *, every: float = _EVERY_SECONDS) -> Iterator[None]:
    """Says it at the start, every so many seconds, and at the end, with how long it took."""
    started, done = time.monotonic(), threading.Event()

    def repeat() -> None:
        while not done.wait(every):
            say(f"  still {what.split(':', maxsplit=1)[0]} ({time.monotonic() - started:.0f} s)")

    say(what)
    teller = threading.Thread(target=repeat, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
    say(f"  done in {time.monotonic() - started:.0f} s")
