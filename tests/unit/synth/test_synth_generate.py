"""Whole runs: the same seed the same files, the truth beside them, nobody real in them."""

from __future__ import annotations

import csv
import hashlib
import json
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ndsc.errors import InvalidInputError
from ndsc.model import codes
from ndsc.model.dates import PartialDate
from ndsc.model.forces import UnknownForceError
from ndsc.model.identifiers import IDENTIFIERS, phone
from ndsc.model.retention import is_overdue
from ndsc.synth import STORY, CrimeFileError, CrimeRef, Row, generate, read_crimes
from ndsc.synth.addresses import REAL_AREAS

FORCES = (
    "south-wales",
    "btp",
    "city-of-london",
    "northern-ireland",
    "derbyshire",
    "durham",
    "leicestershire",
    "merseyside",
)
PEOPLE = 3_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 3,000 people in eight forces."""
    folder = tmp_path_factory.mktemp("synth")
    generate(folder, PEOPLE, FORCES, seed=7)
    return folder


@pytest.fixture(scope="module")
def rows(made: Path) -> dict[tuple[str, str], Row]:
    """Every row by force and reference."""
    return {
        (path.stem, row.ref): row
        for path in made.glob("*.jsonl")
        for row in map(Row.model_validate_json, path.read_text(encoding="utf-8").splitlines())
    }


@pytest.fixture(scope="module")
def truth(made: Path) -> dict[tuple[str, str], str]:
    """Who each row is of."""
    with (made / "truth.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["force"], row["ref"]): row["person_id"] for row in csv.DictReader(stream)}


def digests(folder: Path) -> dict[str, str]:
    """A digest of every file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_seed_makes_the_same_files(made: Path, tmp_path: Path) -> None:
    generate(tmp_path, PEOPLE, FORCES, seed=7)
    assert digests(tmp_path) == digests(made)


def test_another_seed_makes_other_people_but_the_same_story(made: Path, tmp_path: Path) -> None:
    generate(tmp_path, 50, FORCES, seed=8)
    story = {row.line() for person in STORY for _, row in person.records}
    for folder in (made, tmp_path):
        lines = {
            line
            for path in folder.glob("*.jsonl")
            for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        }
        assert story <= lines
    here, there = ((folder / "btp.jsonl").read_text(encoding="utf-8").splitlines() for folder in (made, tmp_path))
    assert here[0] == there[0]
    assert here[1] != there[1]


def test_truth_names_every_row_and_no_other(
    rows: dict[tuple[str, str], Row], truth: dict[tuple[str, str], str]
) -> None:
    assert set(rows) == set(truth)
    assert len(set(truth.values())) == PEOPLE + len(STORY)


def test_people_are_known_to_one_to_four_forces(truth: dict[tuple[str, str], str]) -> None:
    known_to = Counter(Counter(truth.values()).values())
    assert set(known_to) == {1, 2, 3, 4}
    assert known_to[1] > known_to[2] > known_to[3] > known_to[4] > 50


def test_nobody_can_be_a_real_person(rows: dict[tuple[str, str], Row]) -> None:
    for row in rows.values():
        person = row.person
        assert all(
            phone.parse(number).is_drama_number for number in (*person.phones, *([row.phone] if row.phone else []))
        )
        assert all(address.split("@")[1] in {"example.com", "example.org", "example.net"} for address in person.emails)
        assert person.driver_number is None
        if person.home:
            assert person.home.postcode is not None
            assert person.home.postcode[:2] not in REAL_AREAS
        if row.vehicle and row.vehicle.vrm:
            assert row.vehicle.vrm[2:4] in {"00", "01"}
        if person.pnc_id:
            assert int(person.pnc_id[5:12]) >= 9_000_000
        if person.cro_number:
            assert int(person.cro_number[:6]) >= 900_000


def test_identifiers_are_canonical_with_right_check_letters(rows: dict[tuple[str, str], Row]) -> None:
    found: Counter[str] = Counter()
    for row in rows.values():
        for name, value in (
            ("pnc-id", row.person.pnc_id),
            ("cro-number", row.person.cro_number),
            ("vrm", row.vehicle.vrm if row.vehicle else None),
            ("postcode", row.person.home.postcode if row.person.home else None),
            ("phone", row.phone),
        ):
            if value:
                found[name] += 1
                assert IDENTIFIERS[name].normalise(value) == value
    assert len(found) == 5
    assert min(found.values()) > 300


def test_an_identifier_never_joins_two_people(
    rows: dict[tuple[str, str], Row], truth: dict[tuple[str, str], str]
) -> None:
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for key, row in rows.items():
        values = (
            row.person.pnc_id,
            row.person.cro_number,
            row.vehicle and row.vehicle.vrm,
            *row.person.phones,
            *row.person.emails,
        )
        for value in values:
            if value:
                owners[value].add(truth[key])
    assert [value for value, people in owners.items() if len(people) > 1] == []


def test_the_same_person_is_written_differently(
    rows: dict[tuple[str, str], Row], truth: dict[tuple[str, str], str]
) -> None:
    names: defaultdict[str, list[Row]] = defaultdict(list)
    for key, person_id in truth.items():
        names[person_id].append(rows[key])
    several = [known for known in names.values() if len(known) > 1]
    surname = sum(len({row.person.surname for row in known}) > 1 for known in several) / len(several)
    given = sum(len({row.person.given_name for row in known}) > 1 for known in several) / len(several)
    born = sum(len({row.person.date_of_birth for row in known}) > 1 for known in several) / len(several)
    moved = sum(len({row.person.home.street for row in known if row.person.home}) > 1 for known in several) / len(
        several
    )
    assert 0.1 < surname < 0.4
    assert 0.1 < given < 0.4
    assert 0.08 < born < 0.35
    assert 0.2 < moved < 0.7


def test_markings_gradings_and_roles_are_mixed_as_they_should_be(rows: dict[tuple[str, str], Row]) -> None:
    every = list(rows.values())
    graded = [row for row in every if row.grading]
    assert 0.04 < len(graded) / len(every) < 0.11
    assert all(row.event and row.event.category == "intelligence" for row in graded)
    schemes = Counter(grading.scheme for row in graded if (grading := row.parsed_grading()))
    assert set(schemes) == {"3x5x2", "5x5x5"}
    assert {row.action for row in graded} == {None, "A1", "A2", "A3"}
    assert any(row.immunity for row in graded)
    assert len({row.subject_category for row in every}) == 5
    assert 0.05 < sum(row.marking.sensitive for row in every) / len(every) < 0.25
    assert any(row.marking.tier.rank for row in every)
    overdue = sum(is_overdue(row.review_on, date(2026, 6, 30)) for row in every) / len(every)
    assert 0.01 < overdue < 0.15


def test_what_is_known_is_in_the_code_lists(rows: dict[tuple[str, str], Row]) -> None:
    for row in rows.values():
        person = row.person
        for name, value in (
            ("sex", person.sex),
            ("country", person.nationality),
            ("ethnicity-16-plus-1", person.ethnicity_self_defined),
            ("crime-type", row.event.crime_type if row.event else None),
        ):
            assert value is None or value in codes.get(name)


def test_missing_is_left_out_and_absence_is_said(made: Path) -> None:
    lines = [json.loads(line) for line in (made / "durham.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(None not in line["person"].values() for line in lines)
    assert {line["person"].get("absent", {}).get("home") for line in lines} == {None, "unknown", "none"}


def test_people_are_tied_to_the_crimes_that_are_given(tmp_path: Path) -> None:
    crimes = [
        CrimeRef(reference=f"{number:064x}", crime_type="burglary", month=PartialDate(2025, 1)) for number in range(30)
    ]
    generate(tmp_path, 200, ["south-wales", "btp"], 3, {"south-wales": iter(crimes), "btp": iter(())})
    rows = [
        Row.model_validate_json(line)
        for line in (tmp_path / "south-wales.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    tied = {
        row.event.reference for row in rows if row.event and row.event.category == "crime" and "STORY" not in row.ref
    }
    assert len(tied) > 20
    assert tied <= {crime.reference for crime in crimes}
    assert (tmp_path / "btp.jsonl").stat().st_size > 0


STREET = "Crime ID,Month,Reported by,Crime type\r\n"


def crime_file(folder: Path, *lines: str) -> Path:
    """A street file with these lines."""
    path = folder / "street.csv"
    path.write_bytes(("\ufeff" + STREET + "".join(f"{line}\r\n" for line in lines)).encode())
    return path


def test_crimes_are_read_from_a_street_file_and_unusable_lines_are_passed_over(tmp_path: Path) -> None:
    path = crime_file(
        tmp_path, "abc,2025-01,X,Burglary", ",2025-01,X,Burglary", "d,soon,X,Burglary", "e,2025-01,X,Sorcery", "f"
    )
    assert [crime.reference for crime in read_crimes(path)] == ["abc"]


def test_a_file_that_is_no_street_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(CrimeFileError, match="Crime ID"):
        next(read_crimes(other))
    with pytest.raises(CrimeFileError):
        next(read_crimes(tmp_path / "absent.csv"))
    other.write_bytes(b"\xff\xfe\x00Crime")
    with pytest.raises(CrimeFileError):
        next(read_crimes(other))


def test_only_the_people_of_the_forces_asked_for(tmp_path: Path) -> None:
    summary = generate(tmp_path, 0, ["62", "btp"], seed=1)
    assert {path.name for path in tmp_path.iterdir()} == {"south-wales.jsonl", "btp.jsonl", "truth.csv"}
    assert summary.rows == {"south-wales": 1, "btp": 1}
    assert summary.people == 1


@pytest.mark.parametrize(("people", "forces"), [(10, []), (-1, ["btp"])])
def test_impossible_wishes_are_refused(people: int, forces: list[str], tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError):
        generate(tmp_path, people, forces, seed=1)


def test_an_unknown_force_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnknownForceError):
        generate(tmp_path / "out", 10, ["gotham"], seed=1)
    assert not (tmp_path / "out").exists()


def test_progress_counts_people(tmp_path: Path) -> None:
    seen: list[int] = []
    generate(tmp_path, 5, ["kent"], seed=1, progress=seen.append)
    assert seen == [1, 2, 3, 4, 5]


def test_memory_does_not_grow_with_the_number_of_people(tmp_path: Path) -> None:
    generate(tmp_path, 100, FORCES, seed=2)
    tracemalloc.start()
    try:
        generate(tmp_path, 2_500, FORCES, seed=2)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    written = sum(path.stat().st_size for path in tmp_path.iterdir())
    # What stays is the bounded cache of short strings that reading models keeps: a fraction of what was written.
    assert written > 2_800_000
    assert peak < 1_200_000


def test_crimes_are_read_lazily_and_no_more_than_are_kept(tmp_path: Path) -> None:
    taken = 0

    def endless() -> Iterator[CrimeRef]:
        nonlocal taken
        while True:
            taken += 1
            yield CrimeRef(reference=f"R{taken}", crime_type="drugs", month=PartialDate(2025, 1))

    generate(tmp_path, 1, ["kent"], seed=1, crimes={"kent": endless()})
    assert taken <= 50_000
