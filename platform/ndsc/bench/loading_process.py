"""Loads one file and prints the peak of its memory, with that of processes it starts: nothing else is counted."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from pathlib import Path

from ndsc.bench.loading import load
from ndsc.storage.database import engine_for
from ndsc.web.logging import configure_once

_PROCESS = Path("/proc/self")


def peak_kilobytes(process: Path = _PROCESS) -> int:
    """The highest resident memory of a process so far, this one if no other is named; 0 for one that is gone.

    Linux: the high water mark of this program's own memory. ``getrusage`` also counts the process that started it, as
    it was in the moment between fork and exec. Elsewhere: ``getrusage``, which is in bytes on macOS.
    """
    if _PROCESS.exists():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for line in (process / "status").read_text(encoding="ascii").splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


class _Helpers:
    """The peaks of the processes that this one starts, looked at after each batch: a process that ends takes its own
    with it."""

    def __init__(self) -> None:
        self._peaks: dict[str, int] = {}

    def look(self, rows: int, part: float) -> None:
        """As the progress of a load."""
        for child in (_PROCESS / "task" / str(os.getpid()) / "children").read_text(encoding="ascii").split():
            self._peaks[child] = max(peak_kilobytes(Path("/proc") / child), self._peaks.get(child, 0))

    @property
    def together(self) -> int:
        """Kilobytes."""
        if _PROCESS.exists():
            return sum(self._peaks.values())
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        return peak // 1024 if sys.platform == "darwin" else peak


def main(url: str, file: str) -> None:
    """Load, and print."""
    configure_once()
    engine = engine_for(url, pool_size=2)
    helpers = _Helpers()
    try:
        load(engine, Path(file), helpers.look if _PROCESS.exists() else None)
    finally:
        engine.dispose()
    sys.stdout.write(f"{peak_kilobytes() + helpers.together}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
