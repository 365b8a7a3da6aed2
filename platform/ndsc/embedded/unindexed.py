"""Forces whose index may be behind, so that whoever serves the network next sees to them without being asked.

Each has a file that is not empty from before its records change until the index has followed. Whoever changes them
holds a lock on it, which ends with the process: a file that says something and that nobody holds was left by a process
that died, or that was told to leave the index for later.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from ndsc.errors import NdscError

_log = structlog.get_logger(__name__)


class Unindexed:
    """The files, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def changing(self, force: str, followed: Callable[[], bool]) -> Iterator[None]:
        """While a force's records change. ``followed`` answers, at the end, whether the index is up to date."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / force).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            file.write("behind\n")
            file.flush()
            yield
            if followed() and _alone(file.fileno()):
                file.truncate(0)

    def mark(self, force: str) -> None:
        """Note that a force's index must follow something else than a change of its records."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / force).open("a") as file:
            file.write("behind\n")

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
                    continue  # its owner is at work, and will do it
                try:
                    drain(path.name)
                except NdscError as error:
                    _log.warning("index-left-behind", force=path.name, code=error.code)
                else:
                    file.truncate(0)


def _alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
