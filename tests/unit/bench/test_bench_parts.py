"""The data that benchmarks run on, and what they make of it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ndsc.bench import exports, page
from ndsc.bench.fleet import TERRITORIAL
from ndsc.bench.linkage import left_out, recall_at
from ndsc.bench.measure import Better, Measurement
from ndsc.bench.queries import NONE, ONE, SEVERAL, draw, one_of_each
from ndsc.bench.suite import BENCHMARKS, chosen, found_data
from ndsc.errors import InvalidInputError
from ndsc.synth import generate

FORCES = ("south-wales", "kent", "essex")


def test_the_fleet_is_the_43_territorial_forces_of_england_and_wales() -> None:
    assert len(TERRITORIAL) == 43
    assert {"metropolitan", "south-wales"} <= set(TERRITORIAL)
    assert not {"btp", "northern-ireland", "police-scotland"} & set(TERRITORIAL)


def test_queries_are_a_third_of_each_sort_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    people = tmp_path / "people"
    generate(people, 60, FORCES, 5)
    drawn = draw(people, tmp_path / "strangers", FORCES, 12, 9)
    assert [query.sort for query in drawn] == [SEVERAL, ONE, NONE] * 4
    assert drawn == draw(people, tmp_path / "others", FORCES, 12, 9)
    assert drawn != draw(people, tmp_path / "more", FORCES, 12, 10)


def test_warming_up_leads_to_every_force(tmp_path: Path) -> None:
    generate(tmp_path, 60, FORCES, 5)
    assert len(one_of_each(tmp_path, FORCES, 2, 9)) == 2 * len(FORCES)


def test_rows_beyond_the_files_end_come_again_with_references_and_places_of_their_own(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("Crime ID,Month,Longitude\nabcdef0123,2025-01,-3.5\n,2025-01,\n", encoding="utf-8")
    target = tmp_path / "long.csv"
    exports.write_rows([source], 5, target)
    with target.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["Crime ID"] for row in rows] == ["abcdef0123", "", "0001ef0123", "", "0002ef0123"]
    assert [row["Longitude"] for row in rows] == ["-3.5", "", "-3.499000", "", "-3.498000"]


def test_without_whole_street_files_the_shipped_samples_do(tmp_path: Path) -> None:
    assert all(path.is_file() for path in exports.street_files(None))
    assert exports.street_files(tmp_path) == exports.street_files(None)
    (tmp_path / "street").mkdir()
    (tmp_path / "street" / "2025-01-kent-street.csv").touch()
    assert [path.name for path in exports.street_files(tmp_path)] == ["2025-01-kent-street.csv"]


def _pair(left: str, right: str) -> frozenset[str]:
    return frozenset((left, right))


def test_recall_is_of_all_candidates_when_all_are_precise_enough() -> None:
    true = frozenset({_pair("a", "b"), _pair("c", "d")})
    assert recall_at([(_pair("a", "b"), 0.1)], true, 0.99) == (0.5, 1.0, 1)


def test_recall_leaves_out_the_least_likely_candidates_until_the_precision_is_reached() -> None:
    true = frozenset({_pair("a", "b"), _pair("c", "d")})
    scored = [(_pair("a", "b"), 0.9), (_pair("c", "d"), 0.4), (_pair("a", "c"), 0.2)]
    assert recall_at(scored, true, 0.99) == (1.0, 1.0, 2)
    assert recall_at(scored, true, 0.6) == (1.0, 2 / 3, 3)


def test_candidates_of_equal_likelihood_stay_together() -> None:
    true = frozenset({_pair("a", "b")})
    scored = [(_pair("a", "b"), 0.5), (_pair("a", "c"), 0.5)]
    assert recall_at(scored, true, 0.99) == (0.0, 1.0, 0)


def test_benchmarks_are_chosen_by_name_and_run_in_their_own_order() -> None:
    assert chosen(()) == list(BENCHMARKS)
    assert [one.name for one in chosen(("recall", "load"))] == ["load", "recall"]
    with pytest.raises(InvalidInputError, match="no benchmark"):
        chosen(("lunch",))


def test_data_is_looked_for_beside_the_repository(tmp_path: Path) -> None:
    repository = tmp_path / "main"
    assert found_data(repository) is None
    (tmp_path / "shared" / "data").mkdir(parents=True)
    assert found_data(repository) == tmp_path / "shared" / "data"


def test_the_page_says_when_on_what_and_how_and_every_number(tmp_path: Path) -> None:
    measured = [
        Measurement(name="load-rows", ratio=0.25, goal=0.2, better=Better.HIGHER, detail="many rows"),
        Measurement(name="search-p95", ratio=3, goal=2, better=Better.LOWER, detail="many searches"),
    ]
    said = page.text(measured, "ndsc bench --quick", datetime(2026, 11, 3, tzinfo=UTC))
    assert "3 November 2026" in said
    assert "`ndsc bench --quick`" in said
    assert page.machine() in said
    assert "| load-rows | 0.25 | at least 0.2 | reached |" in said
    assert "| search-p95 | 3 | at most 2 | missed |" in said
    assert "- **search-p95**: many searches." in said
    written = page.write(tmp_path, measured, "ndsc bench")
    assert written.read_text(encoding="utf-8").count(page.PICTURE) == 1
    assert (tmp_path / page.PICTURE).read_text(encoding="utf-8").startswith("<svg")


def test_sets_that_are_not_in_the_folder_are_named(tmp_path: Path) -> None:
    assert left_out(None) == ("febrl1.csv", "febrl2.csv", "febrl3.csv", "fake_1000.csv")
    (tmp_path / "febrl2.csv").touch()
    assert left_out(tmp_path) == ("febrl1.csv", "febrl3.csv", "fake_1000.csv")
