"""Code lists: data with a source, checked when loaded, found by any label a source uses."""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path

import pytest

from ndsc.model import codes
from ndsc.model.codes.lists import CodeList, read_entries
from ndsc.model.pole import SubjectCategory
from ndsc.model.record import RetentionGroup

SHARED = Path(__file__).parents[4] / "shared" / "data"
real_files = pytest.mark.skipif(not SHARED.is_dir(), reason="the full data set is not here")


@pytest.mark.parametrize("name", codes.names())
def test_every_list_loads_and_each_label_leads_back_to_a_code_with_it(name: str) -> None:
    found = codes.get(name)
    assert len(found) >= 3
    assert found.title
    assert found.source
    for entry in found:
        assert found.label(found.code_for(entry.label)) == entry.label
        assert found.code_for(entry.code) in found


@pytest.mark.parametrize(
    ("name", "label", "code"),
    [
        ("sex", "Female", "2"),
        ("sex", "m", "1"),
        ("crime-type", "Violence and sexual offences", "violent-crime"),
        ("crime-type", "  ANTI-SOCIAL   behaviour ", "anti-social-behaviour"),
        ("outcome", "Offender given a caution", "cautioned"),
        ("outcome", "Community resolution", "community-resolution"),
        ("ethnicity-16-plus-1", "White - Irish", "W2"),
        ("ethnicity-16-plus-1", "Mixed White and Asian", "M3"),
        ("country", "United Kingdom", "GBR"),
        ("country", "Pakistan", "PAK"),
        ("object-of-search", "Controlled drugs", "controlled-drugs"),
        ("warning", "violent", "violent"),
        ("ethnicity-officer-defined", "White - North European", "IC1"),
        ("ethnicity-officer-defined", "Asian", "IC4"),
        ("ethnicity-officer-defined", "White", "white"),
    ],
)
def test_labels_are_found_whatever_their_case_and_spacing(name: str, label: str, code: str) -> None:
    assert codes.get(name).code_for(label) == code


def test_offence_codes_have_titles() -> None:
    offences = codes.get("offence")
    assert len(offences) == 7125
    assert "theft" in offences.label("TH68001").lower()


def test_an_unknown_code_label_or_list_is_said_to_be_so() -> None:
    with pytest.raises(codes.UnknownCodeError, match="sex has no code '7'"):
        codes.get("sex").label("7")
    with pytest.raises(codes.UnknownCodeError, match="no label"):
        codes.get("sex").code_for("other")
    with pytest.raises(codes.UnknownCodeListError) as unknown:
        codes.get("shoe-size")
    assert "crime-type" in unknown.value.hint


def test_a_list_is_read_once() -> None:
    assert codes.get("outcome") is codes.get("outcome")


def test_a_list_with_a_code_or_an_alias_twice_is_refused() -> None:
    def listed(*lines: str) -> CodeList:
        return CodeList("x", "X", "s", "l", read_entries(["code,label,aliases", *lines]))

    assert listed("a,A,first|eins", "b,B,").code_for("Eins") == "a"
    with pytest.raises(ValueError, match="comes twice"):
        listed("a,A,", "a,B,")
    with pytest.raises(ValueError, match="stands for both"):
        listed("a,A,same", "b,B,same")


def test_the_lists_agree_with_the_models_own_words() -> None:
    assert {entry.code for entry in codes.get("subject-category")} == {str(category) for category in SubjectCategory}
    assert {entry.code for entry in codes.get("retention-group")} == {str(group) for group in RetentionGroup}


def test_outcomes_of_searches_are_a_part_of_all_outcomes() -> None:
    part = {(entry.code, entry.label) for entry in codes.get("outcome") if entry.group == "stop-search"}
    assert part == {(entry.code, entry.label) for entry in codes.get("stop-search-outcome")}


def test_the_data_is_small_and_every_file_has_a_source() -> None:
    folder = files("ndsc.model.codes")
    data = [entry for entry in folder.iterdir() if entry.name.endswith((".csv", ".gz"))]
    assert sum(len(entry.read_bytes()) for entry in data) < 300_000
    sources = (folder / "SOURCES.md").read_text(encoding="utf-8")
    assert [entry.name for entry in data if entry.name not in sources] == []
    assert {entry.name.split(".")[0] for entry in data} == set(codes.names())


@real_files
@pytest.mark.parametrize(
    ("folder", "columns"),
    [
        ("street", {"Crime type": "crime-type", "Last outcome category": "outcome"}),
        (
            "stop-and-search",
            {
                "Type": "stop-search-type",
                "Gender": "sex",
                "Age range": "age-range",
                "Self-defined ethnicity": "ethnicity-16-plus-1",
                "Officer-defined ethnicity": "ethnicity-officer-defined",
                "Legislation": "legislation",
                "Object of search": "object-of-search",
                "Outcome": "outcome",
            },
        ),
    ],
)
def test_every_label_of_the_published_files_has_a_code(folder: str, columns: dict[str, str]) -> None:
    labels: set[tuple[str, str]] = set()
    for path in (SHARED / folder).glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                labels.update((name, row[column]) for column, name in columns.items() if row[column])
    assert len(labels) > 20
    for name, label in labels:
        assert codes.get(name).code_for(label) in codes.get(name)
