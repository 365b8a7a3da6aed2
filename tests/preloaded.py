"""`ndsc` for tests that run it often: one process loads the package once and forks for each command.

What a test starts by the name `ndsc` is a tiny client: it hands its arguments, folder, environment and streams over,
and exits as the command did. The command itself is the real one, in a process of its own.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLIENT = """\
#!{python} -SE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect({socket!r})
    told = {{"arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
    socket.send_fds(line, [json.dumps(told).encode()], [0, 1, 2])
    line.shutdown(socket.SHUT_WR)
    sys.exit(int(line.recv(8) or 1))
"""
_MODULES = ("ndsc.cli.main", "ndsc.embedded.network", "ndsc.matching.describing", "ndsc.control.verbs")


@contextmanager
def preloaded(folder: Path) -> Iterator[Path]:
    """A folder to put first on PATH: its `ndsc` is quick as long as this lasts."""
    place, commands = folder / "line", folder / "bin"
    commands.mkdir()
    client = commands / "ndsc"
    client.write_text(_CLIENT.format(python=sys.executable, socket=str(place)), encoding="utf-8")
    client.chmod(0o755)
    with subprocess.Popen([sys.executable, "-m", "tests.preloaded", str(place)]) as server:
        try:
            while not place.exists() and server.poll() is None:
                time.sleep(0.02)
            yield commands
        finally:
            server.terminate()


def _serve(place: str) -> None:
    for module in _MODULES:
        importlib.import_module(module)
    gc.freeze()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(place)
    listening.listen()
    while True:
        line, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            return _answer(line)
        line.close()
        while _ended():
            pass


def _ended() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


def _answer(line: socket.socket) -> None:
    """Run the command in a child that ends as any process does, and tell how it ended."""
    told, streams, _, _ = socket.recv_fds(line, 1 << 20, 3)
    while more := line.recv(1 << 20):
        told += more
    child = os.fork()
    if child == 0:
        line.close()
        return _run(json.loads(told), streams)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    line.sendall(str(status if status >= 0 else 128 - status).encode())
    return None


def _run(told: dict[str, object], streams: list[int]) -> None:
    from ndsc.cli.main import main  # noqa: PLC0415  # loaded before the fork

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.environ.clear()
    os.environ.update(dict(told["environment"]))  # type: ignore[call-overload]
    os.chdir(str(told["folder"]))
    sys.argv = ["ndsc", *told["arguments"]]  # type: ignore[misc]
    code: object = 1
    try:
        code = main() or 0  # type: ignore[func-returns-value]
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 1)  # taking every module apart would take longer than the command


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _serve(sys.argv[1])
