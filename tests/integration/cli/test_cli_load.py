"""`ndsc load` and what follows it, as a script uses them: one JSON object, for any force of the list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ndsc.cli.load import app
from ndsc.node.errors import SearchRefusedError

HEADER = "Crime ID,Month,Longitude,Latitude,Location,Crime type"
ROWS = ("abc,2025-01,-0.1,51.5,On or near X,Drugs", "abd,nonsense,-0.1,51.5,On or near X,Drugs")
KEYS = ("read", "loaded", "changed", "unchanged", "quarantined")


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
