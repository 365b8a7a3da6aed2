"""`ndsc connector`, as people and scripts call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from ndsc import samples
from ndsc.cli.connectors import app
from ndsc.connectors.catalogue import shipped_names
from ndsc.errors import NdscError

CUSTODY = str(samples.path("custody-export.json"))


def call(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_list_names_what_is_shipped() -> None:
    assert call("list", "-o", "name").split() == shipped_names()
    assert {entry["name"] for entry in json.loads(call("list", "-o", "json"))} == set(shipped_names())
    assert "police-uk-street" in call("list")


def test_show_prints_the_file_that_one_would_copy() -> None:
    assert yaml.safe_load(call("show", "rms-xml"))["connector"] == "rms-xml"
    assert json.loads(call("show", "rms-xml", "-o", "json"))["version"] == 1


def test_transforms_lists_all_that_a_connector_may_name() -> None:
    written = {entry["write"] for entry in json.loads(call("transforms", "-o", "json"))}
    assert {"upper", "pnc-id", "{date: ...}"} <= written


def test_try_counts_and_shows_without_storing() -> None:
    data = json.loads(call("try", CUSTODY, "--connector", "custody-json", "--force", "durham", "-o", "json"))
    assert (data["read"], data["mapped"], data["quarantined"]) == (50, 48, 2)
    assert data["reasons"] == {"bad-date": 1, "not-in-code-list": 1}
    assert len(data["first_rows"]) == 5
    table = call("try", CUSTODY, "--connector", "custody-json")
    assert "read 50 = mapped 48 + quarantined 2" in table
    assert "Atlantis" in table, "whoever tries a file sees what is wrong in it"


def test_suggest_gives_a_file_that_validate_and_try_accept(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(call("suggest", CUSTODY), "utf-8")
    assert json.loads(call("validate", str(mine), "-o", "json"))["valid"] is True
    assert json.loads(call("try", CUSTODY, "--connector", str(mine), "-o", "json"))["read"] == 50
    assert json.loads(call("suggest", CUSTODY, "-o", "json"))["format"] == {"type": "json", "record": "custody_records"}


def test_validate_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("connector: x\nversion: 0\n", "utf-8")
    with pytest.raises(NdscError, match="version"):
        call("validate", str(mine))
