"""`ndsc synth` as people and scripts use it."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from ndsc.cli.synth import EIGHT, app
from ndsc.synth import CrimeFileError

RUN = CliRunner()


def test_it_writes_a_file_for_each_force_and_the_truth(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["--people", "40", "--seed", "3", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert {path.name for path in tmp_path.iterdir()} == {
        "truth.csv",
        *(f"{force}.jsonl" for force in EIGHT.split(",")),
    }
    assert "46 people" in result.stdout


def test_scripts_get_the_counts_as_json(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["-n", "10", "--forces", "kent, 62", "--out", str(tmp_path), "-o", "json"])
    told = json.loads(result.stdout)
    assert told["total"] == sum(told["rows"].values())
    assert set(told["rows"]) == {"kent", "south-wales"}


def test_crimes_come_from_files_named_by_force(tmp_path: Path) -> None:
    street = tmp_path / "street.csv"
    street.write_text("Crime ID,Month,Crime type\nREAL-1,2025-01,Burglary\n", encoding="utf-8")
    result = RUN.invoke(
        app, ["-n", "30", "--forces", "kent", "--crimes", f"kent={street}", "--out", str(tmp_path / "o")]
    )
    assert result.exit_code == 0, result.output
    assert '"REAL-1"' in (tmp_path / "o" / "kent.jsonl").read_text(encoding="utf-8")


def test_wrong_use_is_told(tmp_path: Path) -> None:
    out = ["--out", str(tmp_path)]
    assert RUN.invoke(app, ["--people", "-1", *out]).exit_code == 2
    assert RUN.invoke(app, ["--people", "0", *out]).exit_code == 2, "the story's people come with others alone"
    assert not any(tmp_path.iterdir())
    assert RUN.invoke(app, ["--people", "1", "--crimes", "kent", *out]).exit_code == 2
    missing = RUN.invoke(app, ["--people", "1", "--crimes", f"kent={tmp_path / 'absent.csv'}", *out])
    assert isinstance(missing.exception, CrimeFileError)


def test_the_command_is_named_after_itself() -> None:
    assert isinstance(app, typer.Typer)
    assert [command.callback.__name__ for command in app.registered_commands if command.callback] == ["synth"]
