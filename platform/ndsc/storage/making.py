"""What is made once, by whichever process comes first: the others wait for it and find it whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fasteners

from ndsc.errors import UnavailableError

_LONGEST = 120.0
"""Seconds: longer than a busy machine takes to start a database."""


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold ``folder`` against other processes (not against threads of this one); the folder need not exist yet.

    Raises :class:`~ndsc.errors.UnavailableError` when another process holds it for too long.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = fasteners.InterProcessLock(folder.with_name(f".{folder.name}.lock"))
    if not lock.acquire(timeout=_LONGEST):
        raise UnavailableError(f"Another process has been preparing {folder.name} for {_LONGEST:.0f} seconds.")
    try:
        yield
    finally:
        lock.release()
