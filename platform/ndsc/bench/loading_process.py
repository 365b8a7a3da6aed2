"""Loads one file and prints the peak of its own memory: a process by itself, so that nothing else is counted."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from ndsc.bench.loading import load
from ndsc.storage.database import engine_for
from ndsc.web.logging import configure_once

_STATUS = Path("/proc/self/status")


def peak_kilobytes() -> int:
    """The highest resident memory of this process so far.

    Linux: the high water mark of this program's own memory. ``getrusage`` also counts the process that started it, as
    it was in the moment between fork and exec. Elsewhere: ``getrusage``, which is in bytes on macOS.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


def main(url: str, file: str) -> None:
    """Load, and print."""
    configure_once()
    engine = engine_for(url, pool_size=2)
    try:
        load(engine, Path(file))
    finally:
        engine.dispose()
    sys.stdout.write(f"{peak_kilobytes()}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
