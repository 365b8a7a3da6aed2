"""`ndsc load` and what follows it, as a script uses them: one JSON object, for any force of the list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from ndsc.cli import load as commands
from ndsc.cli.load import app
from ndsc.cli.output import err
from ndsc.node import indexing, loading
from ndsc.node.errors import SearchRefusedError
from ndsc.storage.server import open_server
from ndsc.web.logging import configure_once

HEADER = "Crime ID,Month,Longitude,Latitude,Location,Crime type"
ROWS = ("abc,2025-01,-0.1,51.5,On or near X,Drugs", "abd,nonsense,-0.1,51.5,On or near X,Drugs")
KEYS = ("read", "loaded", "changed", "unchanged", "quarantined")


@pytest.fixture(autouse=True)
def _log_where_commands_do() -> None:
    """As the command itself begins: standard output is for answers."""
    configure_once()


def counts(*arguments: str) -> list[int]:
    report = run(*arguments)
    return [report[key] for key in KEYS]


def run(*arguments: str) -> Any:
    who = () if "--as" in arguments else ("--force", "kent")
    result = CliRunner().invoke(app, [*arguments, *who, "-o", "json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_load_mend_and_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDSC_HOME", str(tmp_path / "home"))
    file = tmp_path / "export.csv"
    file.write_text("\r\n".join((HEADER, *ROWS)), encoding="utf-8-sig")
    load = ("load", str(file), "--connector", "police-uk-street", "--no-index")
    assert counts(*load) == [2, 1, 0, 0, 1]
    assert counts(*load) == [2, 0, 0, 1, 1]
    (row,) = run("quarantine", "list")
    assert row["line"] == 3
    assert "raw" not in row
    clerk = ("--as", "records@kent", "--reason", "Mending the export")
    assert run("quarantine", "show", str(row["id"]), *clerk)["row_values"]["Month"] == "nonsense"
    fixed = CliRunner().invoke(app, ["quarantine", "fix", str(row["id"]), "--set", "Month=2025-02", *clerk])
    assert fixed.exit_code == 0, fixed.output
    assert counts("quarantine", "replay", *clerk) == [1, 1, 0, 0, 0]
    discarded = CliRunner().invoke(app, ["quarantine", "discard", str(row["id"]), *clerk])
    assert discarded.exit_code == 0, discarded.output
    assert run("quarantine", "list") == []
    unsaid = CliRunner().invoke(app, ["quarantine", "show", str(row["id"]), "--as", "records@kent"])
    assert isinstance(unsaid.exception, SearchRefusedError), unsaid.output
    assert run("index", "status")["records_waiting"] == 0
    assert (rebuilt := run("index", "rebuild"))["records"] == 3
    assert rebuilt["after"]["entries"] == run("index", "status")["entries"]


BROKEN = """
connector: broken
version: 1
title: A list that breaks off
format: {type: json}
source_system: broken
envelope: {recorded_at: {const: "2025-01-01T00:00:00Z"}, retention_group: {const: "3"}}
records: [{name: event, kind: event, fields: {title: title, category: {const: crime}}}]
"""


def test_a_file_that_breaks_off_is_taken_in_so_far_and_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDSC_HOME", str(tmp_path / "home"))
    connector, file = tmp_path / "broken.yaml", tmp_path / "events.json"
    connector.write_text(BROKEN, encoding="utf-8")
    rest = ", ".join(f'{{"title": "event {number}"}}' for number in range(20_000))
    file.write_text(f'[{{"title": "a"}}, {{"title" "b"}}, {rest}]', encoding="utf-8")
    load = ["load", str(file), "--connector", str(connector), "--no-index", "--force", "kent"]
    for taken in ((1, 0), (0, 1)):
        result = CliRunner().invoke(app, [*load, "-o", "json"])
        assert result.exit_code == 1
        report = json.loads(result.stdout)
        assert (report["loaded"], report["unchanged"], report["quarantined"], report["ended_early"]) == (
            *taken,
            1,
            True,
        )
        assert file.stat().st_size - 400_000 < report["unread_bytes"] < file.stat().st_size
    said = CliRunner().invoke(app, load).stderr
    assert "broken after row 1: the rest was not taken in. At least" in " ".join(said.split())
    file.write_text('[{"title": "a"}, {"title": "b"}]', encoding="utf-8")
    assert (whole := run(*load[:-2]))["ended_early"] is False
    assert whole["read"] == whole["loaded"] + whole["unchanged"] == 2


@contextmanager
def another_at_work(home: Path, key: int, monkeypatch: pytest.MonkeyPatch, *, ends: bool) -> Iterator[None]:
    """Somebody else's session that holds a lock of Kent's node; it ``ends`` when a command says that it waits."""
    said = err.print
    with open_server(home / "postgres") as server:
        held = psycopg.connect(server.url_of("ndsc_node_kent"), autocommit=True)
        held.execute("SELECT pg_advisory_lock(%s)", (key,))

        def says(*words: object, **how: Any) -> None:
            said(*words, **how)
            if ends and "waiting for it" in str(words).lower():
                held.close()

        monkeypatch.setattr(err, "print", says)
        yield
        monkeypatch.setattr(err, "print", said)
        held.close()


def test_a_load_beside_another_waits_its_turn_and_ends_with_its_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, file = tmp_path / "home", tmp_path / "export.csv"
    monkeypatch.setenv("NDSC_HOME", str(home))
    file.write_text("\n".join((HEADER, ROWS[1])), encoding="utf-8")
    load = ("load", str(file), "--connector", "police-uk-street")
    assert counts(*load) == [1, 0, 0, 0, 1]
    for key in (loading._LOCK, indexing._LOCK):
        with another_at_work(home, key, monkeypatch, ends=True):
            again = CliRunner().invoke(app, [*load, "--force", "kent", "-o", "json"])
        assert again.exit_code == 0, again.output
        assert [json.loads(again.stdout)[name] for name in KEYS] == [1, 0, 0, 0, 1]
        assert "waiting for it" in again.stderr.lower()

    monkeypatch.setattr(commands, "WAIT_SECONDS", 0.3)
    file.write_text("\n".join((HEADER, *ROWS)), encoding="utf-8")
    with another_at_work(home, indexing._LOCK, monkeypatch, ends=False):
        busy = CliRunner().invoke(app, [*load, "--force", "kent", "-o", "json"])
    assert busy.exit_code == 0, busy.output
    assert [json.loads(busy.stdout)[name] for name in KEYS] == [2, 1, 0, 0, 1]
    assert "ndsc index update --force kent" in " ".join(busy.stderr.split()), "what to do is told"
    updated = CliRunner().invoke(app, ["index", "update", "--force", "kent"])
    assert updated.exit_code == 0, updated.output
    assert run("index", "status")["records_waiting"] == 0
