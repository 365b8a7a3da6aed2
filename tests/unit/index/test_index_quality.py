"""Quality of the keys: the arithmetic, and the goals on data that nobody here made."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndsc.index.keys import IndexKey
from ndsc.index.quality import follow, measure
from ndsc.model.dates import PartialDate
from ndsc.model.forces import FORCES
from ndsc.model.pole import Address, Body, Person
from ndsc.synth.writing import generate

LINKAGE = Path(__file__).parents[4] / "shared" / "data" / "linkage"
needs_data = pytest.mark.skipif(not LINKAGE.is_dir(), reason="the linkage sets are not beside this checkout")


def keys_by_surname(body: Body) -> list[IndexKey]:
    assert isinstance(body, Person)
    return [IndexKey("surname", (body.surname or "").encode())] if body.surname else []


def test_recall_and_precision_count_pairs() -> None:
    people = [("ann", "Smith"), ("ann", "Smith"), ("ann", "Jones"), ("bob", "Smith"), ("cat", None)]
    quality = measure([(who, Person(surname=name)) for who, name in people], keys_by_surname)
    assert (quality.direct.true, quality.direct.found, quality.direct.right) == (3, 3, 1)
    assert quality.direct.recall == pytest.approx(1 / 3)
    assert quality.direct.precision == pytest.approx(1 / 3)
    assert quality.keys_a_record == pytest.approx(4 / 5)
    (rule,) = quality.rules
    assert (rule.right_by_it_alone, rule.wrong_by_it_alone) == (1, 2)


def test_following_joins_pairs_through_one_record_and_no_more() -> None:
    assert follow({(0, 1), (1, 2), (2, 3)}) == {(0, 1), (1, 2), (2, 3), (0, 2), (1, 3)}


def test_nothing_to_find_is_found_in_full() -> None:
    quality = measure([])
    assert quality.direct.recall == quality.direct.precision == 1.0


@needs_data
@pytest.mark.parametrize("name", ["febrl1", "febrl2", "febrl3"])
def test_febrl_reaches_97_percent_recall_at_99_5_percent_precision(name: str) -> None:
    quality = measure([(row["rec_id"].split("-")[1], _febrl(row)) for row in _rows(f"{name}.csv")])
    assert quality.direct.recall >= 0.97
    assert quality.direct.precision >= 0.995
    assert quality.keys_a_record <= 14.5


@needs_data
def test_fake_1000_keeps_its_precision_and_its_recall() -> None:
    quality = measure([(row["cluster"], _fake(row)) for row in _rows("fake_1000.csv")])
    assert quality.direct.precision >= 0.99
    assert quality.followed.precision >= 0.99
    assert quality.direct.recall >= 0.84  # what more would cost: docs/performance.md
    assert quality.followed.recall >= 0.93
    assert quality.keys_a_record <= 12


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (LINKAGE / name).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, skipinitialspace=True):
            yield {key.strip(): (value or "").strip() for key, value in row.items()}


def _febrl(row: dict[str, str]) -> Person:
    day = row["date_of_birth"]
    return Person(
        given_name=row["given_name"] or None,
        surname=row["surname"] or None,
        date_of_birth=_date(f"{day[:4]}-{day[4:6]}-{day[6:]}"),
        home=Address(
            number=row["street_number"] or None,
            street=row["address_1"] or None,
            town=row["suburb"] or None,
            postcode=row["postcode"] or None,
        ),
    )


def _fake(row: dict[str, str]) -> Person:
    return Person(
        given_name=row["first_name"] or None,
        surname=row["surname"] or None,
        date_of_birth=_date(row["dob"]),
        home=Address(town=row["city"] or None),
        emails=(row["email"],) if row["email"] else (),
    )


def _date(text: str) -> PartialDate | None:
    try:
        return PartialDate.parse(text)
    except ValueError:
        return None


def test_synthetic_people_reach_97_percent_recall_at_99_percent_precision(tmp_path: Path) -> None:
    generate(tmp_path, 2_000, list(FORCES)[:43], seed=24)
    with (tmp_path / "truth.csv").open(encoding="utf-8", newline="") as stream:
        truth = {(row["force"], row["ref"]): row["person_id"] for row in csv.DictReader(stream)}
    people = [
        (truth[(file.stem, row["ref"])], Person.model_validate(row["person"]))
        for file in sorted(tmp_path.glob("*.jsonl"))
        for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())
    ]
    quality = measure(people)
    assert quality.direct.recall >= 0.97
    assert quality.direct.precision >= 0.99
