"""Forces whose index may be behind, so that whoever serves the network next sees to them without being asked.

Each has a file that is not empty from before its records change until the index has followed. Whoever changes them
holds a lock on it, which ends with the process: a file that says something and that nobody holds was left by a process
that died, or that was told to leave the index for later.
"""

from __future__ import annotations

import fcntl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from ndsc.errors import ConflictError, NdscError

_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.1

_log = structlog.get_logger(__name__)


class Unindexed:
    """The files, in one folder."""

    def __init__(self, folder: Path, *, patience: float = _PATIENCE_SECONDS) -> None:
        self._folder = folder
        self._patience = patience
        self._own: Counter[str] = Counter()

    @contextmanager
    def changing(self, force: str, followed: Callable[[], bool]) -> Iterator[None]:
        """While a force's records change. ``followed`` answers, at the end, whether the index is up to date.

        Waits for whoever lists the force anew; raises :class:`ConflictError` when that takes too long.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / force).open("a") as file:
            self._share(file.fileno(), force)
            file.write("behind\n")
            file.flush()
            self._own[force] += 1
            try:
                yield
            finally:
                self._own[force] -= 1
            if followed() and _alone(file.fileno()):
                file.truncate(0)

    def _share(self, descriptor: int, force: str) -> None:
        deadline = time.monotonic() + self._patience
        waiting = False
        while not _taken(descriptor, fcntl.LOCK_SH):
            if not waiting:
                _log.warning("index-busy-waiting", force=force, seconds=self._patience)
                waiting = True
            if time.monotonic() > deadline:
                raise ConflictError(
                    f"The index of {force} is being brought up to date by another command.",
                    hint="Try again when it has ended.",
                )
            time.sleep(_LOOK_SECONDS)

    def mark(self, force: str) -> None:
        """Note that a force's index must follow something else than a change of its records."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / force).open("a") as file:
            file.write("behind\n")

    def known(self) -> list[str]:
        """Every force whose records were ever changed here."""
        return sorted(path.name for path in self._folder.glob("*"))

    def behind(self) -> bool:
        """Whether any force's index may be."""
        return any(path.stat().st_size for path in self._folder.glob("*"))

    def catch_up(self, drain: Callable[[str], object]) -> None:
        """Bring what was left behind up to date. What cannot be now is left for the next time, and logged."""
        for path in sorted(self._folder.glob("*")):
            if path.stat().st_size == 0:
                continue
            with path.open("a") as file:
                if not _alone(file.fileno()):
                    if not self._own[path.name]:
                        _log.warning("index-left-behind", force=path.name, code="records-changing")
                    continue  # its owner is at work; what that leaves, the next who serves the network does
                try:
                    drain(path.name)
                except NdscError as error:
                    _log.warning("index-left-behind", force=path.name, code=error.code)
                else:
                    file.truncate(0)


def _alone(descriptor: int) -> bool:
    return _taken(descriptor, fcntl.LOCK_EX)


def _taken(descriptor: int, lock: int) -> bool:
    try:
        fcntl.flock(descriptor, lock | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
