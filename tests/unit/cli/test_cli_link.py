"""``ndsc link`` for people and for scripts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ndsc.cli.link import app
from ndsc.matching.mapping import LinkInputError

HEADER = "unique_id,first_name,surname,dob,city,email,cluster\n"
LEFT = HEADER + (
    "0,Robert,Allen,1971-06-24,London,robert255@example.net,0\n"
    "1,Grace,Kelly,1997-04-26,Hull,grace.kelly52@example.com,1\n"
    "2,Logan,Murphy,1973-08-01,,,2\n"
)
RIGHT = HEADER + (
    "=1+1,Rob,Allen,1971-06-24,London,roberta25@example.net,0\n"
    "b,Grace,Kelley,1997-04-26,Hull,grace.kelly52@example.com,1\n"
    "c,Evie,Dean,2015-03-03,Portsmouth,,3\n"
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    left, right = tmp_path / "left.csv", tmp_path / "right.csv"
    left.write_text(LEFT, encoding="utf-8")
    right.write_text(RIGHT, encoding="utf-8")
    return left, right, tmp_path


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_two_files_are_linked(files: tuple[Path, Path, Path]) -> None:
    left, right, folder = files
    found, compared = folder / "pairs.csv", folder / "candidates.csv"
    answer = run(
        "pairs", left, right, "--mapping", "fake-1000", "--output", found, "--candidates", compared, "-o", "json"
    )
    assert json.loads(answer) == {"left": 3, "right": 3, "candidates": 2, "pairs": 2, "threshold": 0.5}
    assert found.read_text().splitlines()[0] == "left_id,right_id,probability"
    assert compared.read_text().splitlines()[0] == "left_id,right_id"
    rows = read(found)
    assert [(row["left_id"], row["right_id"]) for row in rows] == [("0", "'=1+1"), ("1", "b")]
    assert all(0.5 <= float(row["probability"]) <= 1.0 for row in rows)


def test_an_identifier_never_becomes_a_formula_in_a_spreadsheet(files: tuple[Path, Path, Path]) -> None:
    left, right, folder = files
    run("candidates", left, right, "--mapping", "fake-1000", "--output", folder / "out.csv")
    assert not any(value.startswith("=") for row in read(folder / "out.csv") for value in row.values())


def test_a_file_with_itself_gives_its_duplicates_once(files: tuple[Path, Path, Path]) -> None:
    _, _, folder = files
    both = folder / "both.csv"
    both.write_text(LEFT + RIGHT.removeprefix(HEADER), encoding="utf-8")
    found = folder / "pairs.csv"
    run("pairs", both, both, "--mapping", "fake-1000", "--output", found)
    assert [(row["left_id"], row["right_id"]) for row in read(found)] == [("0", "'=1+1"), ("1", "b")]


def test_the_threshold_leaves_out_what_is_less_likely(files: tuple[Path, Path, Path]) -> None:
    left, right, folder = files
    found = folder / "pairs.csv"
    run("pairs", left, right, "--mapping", "fake-1000", "--output", found, "--threshold", "1")
    assert read(found) == []


def test_an_input_is_never_overwritten(files: tuple[Path, Path, Path]) -> None:
    left, right, _ = files
    with pytest.raises(LinkInputError, match="is an input file"):
        run("pairs", left, right, "--mapping", "fake-1000", "--output", right)
    assert right.read_text(encoding="utf-8") == RIGHT


def test_a_folder_that_is_not_there_is_an_error_that_names_it(files: tuple[Path, Path, Path]) -> None:
    left, right, folder = files
    with pytest.raises(LinkInputError, match="cannot write"):
        run("pairs", left, right, "--mapping", "fake-1000", "--output", folder / "none" / "pairs.csv")


def test_a_failed_run_leaves_the_old_output_alone(files: tuple[Path, Path, Path]) -> None:
    left, _, folder = files
    found = folder / "pairs.csv"
    found.write_text("old", encoding="utf-8")
    with pytest.raises(LinkInputError):
        run("pairs", left, folder / "none.csv", "--mapping", "fake-1000", "--output", found)
    assert found.read_text(encoding="utf-8") == "old"


def test_the_mappings_are_listed_with_what_they_leave_out() -> None:
    assert "soc_sec_id" in run("mappings")


def test_a_dash_is_standard_output_and_nothing_else_goes_there(
    files: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    left, right, folder = files
    monkeypatch.chdir(folder)
    for command, header in (("pairs", "left_id,right_id,probability"), ("candidates", "left_id,right_id")):
        result = CliRunner().invoke(app, [command, str(left), str(right), "--mapping", "fake-1000", "--output", "-"])
        assert result.exit_code == 0, result.output
        rows = list(csv.reader(result.stdout.splitlines()))
        assert ",".join(rows[0]) == header
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}
        assert "left 3" in result.stderr
    assert not (folder / "-").exists()


def test_two_outputs_cannot_both_be_standard_output(files: tuple[Path, Path, Path]) -> None:
    left, right, _ = files
    arguments = ["pairs", str(left), str(right), "--mapping", "fake-1000", "--output", "-", "--candidates", "-"]
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, LinkInputError)
