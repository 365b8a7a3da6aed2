"""`ndsc bench` as scripts use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ndsc.bench import linkage, loading
from ndsc.cli.main import app
from ndsc.matching.quality import quality_of


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_ROWS_QUICK", 400)
    monkeypatch.setattr(loading, "_TURNS_QUICK", 1)
    monkeypatch.setattr(loading, "_MEMORY_ROWS", (200, 400))


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


@pytest.fixture
def few_people(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home with one file of labelled people in its folder ``linkage``, and a working folder with nothing near."""
    monkeypatch.setattr(linkage, "_PEOPLE_QUICK", 40)
    monkeypatch.setattr(
        linkage, "splinks_own", lambda labelled: quality_of([], labelled.true_pairs)
    )  # cannot train on 3
    monkeypatch.setenv("NDSC_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "home" / "linkage"
    folder.mkdir(parents=True)
    rows = (
        "unique_id,first_name,surname,dob,city,email,cluster",
        "0,Anna,Smith,1987-03-09,Cardiff,,1",
        "1,Ana,Smith,1987-03-09,Cardiff,,1",
        "2,Bob,Jones,1990-01-02,Leeds,,2",
    )
    (folder / "fake_1000.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_labelled_people_in_the_home_are_measured_and_what_is_missing_is_named(few_people: Path) -> None:
    result = CliRunner().invoke(app, ["bench", "--quick", "--only", "recall", "-o", "json"], catch_exceptions=False)
    measured = {one["name"]: one for one in json.loads(result.stdout)}
    assert set(measured) == {"candidate-recall-fake_1000", "candidate-recall-synthetic"}
    assert measured["candidate-recall-fake_1000"]["ratio"] == 1
    assert f"febrl1.csv, febrl2.csv, febrl3.csv. Put the files into {few_people}" in result.stderr
    assert "not shipped: febrl1.csv, febrl2.csv, febrl3.csv" in measured["candidate-recall-synthetic"]["detail"]


@pytest.mark.usefixtures("few_people")
def test_a_folder_of_labelled_people_that_is_not_there_is_refused() -> None:
    result = CliRunner().invoke(app, ["bench", "--only", "recall", "--linkage", "elsewhere"])
    assert result.exit_code == 2
    assert "does not exist" in result.stderr
