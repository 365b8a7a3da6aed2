"""What reaches a terminal and what reaches a pipe, and which forms of an answer there are."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ndsc.cli.main import app

NDSC = str(Path(sys.executable).with_name("ndsc"))
STYLE = re.compile(rb"\x1b\[[\d;]*m")


def on_a_terminal(*arguments: str, **environment: str) -> bytes:
    """What a terminal is sent, standard output and errors."""
    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            [NDSC, *arguments], stdout=theirs, stderr=theirs, env={**plain, "TERM": "xterm", **environment}
        )
        os.close(theirs)
        shown = b""
        while part := _read(screen.fileno()):
            shown += part
        process.wait(timeout=30)
    return shown


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # Linux says so when the other end of a terminal is closed
        return b""


@pytest.mark.parametrize("arguments", [("connector", "list"), ("connector", "show", "nowhere"), ("--help",)])
def test_no_color_sends_a_terminal_plain_text(arguments: tuple[str, ...]) -> None:
    assert STYLE.search(on_a_terminal(*arguments)), "else nothing is tested here"
    assert not STYLE.search(on_a_terminal(*arguments, NO_COLOR="1"))


@pytest.mark.parametrize("arguments", [("connector", "list"), ("connector", "show", "nowhere"), ("--help",)])
def test_a_pipe_gets_no_escapes(arguments: tuple[str, ...]) -> None:
    done = subprocess.run([NDSC, *arguments], capture_output=True, check=False, timeout=30)
    assert b"\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("form", ["name", "wide"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("load", "x.csv", "--force", "kent", "--connector", "police-uk-street"),
        ("quarantine", "list", "--force", "kent"),
        ("index", "status", "--force", "kent"),
        ("connector", "transforms"),
        ("why", "kent.p.1"),
        ("synth", "--people", "1", "--out", "nowhere"),
    ],
)
def test_a_form_that_a_command_has_not_is_a_usage_error(arguments: tuple[str, ...], form: str) -> None:
    result = CliRunner().invoke(app, [*arguments, "-o", form])
    assert result.exit_code == 2
    assert "table, json, yaml" in " ".join(result.stderr.replace("│", " ").split())
