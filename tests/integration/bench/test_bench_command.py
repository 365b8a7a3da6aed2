"""`ndsc bench` as scripts use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ndsc.bench import loading
from ndsc.cli.main import app


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_ROWS_QUICK", 400)
    monkeypatch.setattr(loading, "_TURNS_QUICK", 1)
    monkeypatch.setattr(loading, "_MEMORY_QUICK", (200, 400))


@pytest.mark.usefixtures("small")
def test_measurements_are_a_list_of_ratios_with_goals_and_the_page_is_written(tmp_path: Path) -> None:
    arguments = ["bench", "--quick", "--only", "load", "--only", "memory", "-o", "json", "--write-docs", str(tmp_path)]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    measured = json.loads(result.stdout)
    assert [one["name"] for one in measured] == ["load-rows", "load-memory"]
    for one in measured:
        assert set(one) == {"name", "ratio", "goal", "better", "detail"}
        assert one["ratio"] > 0
        assert one["better"] in ("lower", "higher")
    assert "COPY" in measured[0]["detail"]
    assert "`ndsc bench --quick`" in (tmp_path / "performance.md").read_text(encoding="utf-8")


def test_a_benchmark_that_is_none_is_refused_with_those_that_are() -> None:
    result = CliRunner().invoke(app, ["bench", "--only", "lunch"])
    assert result.exit_code != 0
    assert "no benchmark" in str(result.exception)
