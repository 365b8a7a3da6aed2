"""Daemons that outlive the command that starts them, each known by its pid file and by when it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Daemon:
    """A process of the cluster. ``folder`` takes its pid file and its log."""

    name: str
    command: Sequence[str]
    folder: Path

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.folder / f"{self.name}.log"

    @property
    def _pid_file(self) -> Path:
        return self.folder / f"{self.name}.pid"

    def pid(self) -> int | None:
        """Its process, if it runs: a number that another process was given since is not it."""
        try:
            pid, started, command = self._pid_file.read_text().split("\n", 2)
        except (FileNotFoundError, ValueError):
            return None
        same = _started(int(pid)) == started and command == "\0".join(self.command)
        return int(pid) if same else None

    def running_other(self) -> int | None:
        """Its process where that was started by another command line, as after an upgrade."""
        try:
            pid, started, command = self._pid_file.read_text().split("\n", 2)
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if _started(int(pid)) == started and command != "\0".join(self.command) else None

    def ensure(self) -> bool:
        """Starts it unless it runs as it should; whether it had to."""
        if self.pid() is not None:
            return False
        stale = self.running_other()
        if stale is not None:
            end([stale])
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                list(self.command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._pid_file.write_text("\n".join((str(process.pid), _started(process.pid), "\0".join(self.command))))
        return True

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""


def end(pids: Sequence[int], *, seconds: float = 20) -> None:
    """Asks them to end, and after that time makes them."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(_started(pid) for pid in pids):
            _reap(pids)
            time.sleep(0.05)
        if not any(_started(pid) for pid in pids):
            return


def mentioning(text: str) -> list[int]:
    """Processes, but for this one and its parents, whose command line holds that text."""
    own = _ancestors()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) not in own:
            with contextlib.suppress(OSError):
                if text.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


def _ancestors() -> set[int]:
    found, pid = set(), os.getpid()
    while pid > 1 and pid not in found:
        found.add(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return found


def _started(pid: int) -> str:
    """Clock ticks from boot to its start; empty when it is gone, or dead and not yet buried (proc(5))."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return ""
    return "" if fields[0] == "Z" else fields[19]


def _reap(pids: Sequence[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
