"""The story's people hold together, and each shows what it is there to show."""

from __future__ import annotations

from datetime import date

import pytest

from ndsc.model import codes
from ndsc.model.forces import FORCES
from ndsc.model.handling import HandlingAction
from ndsc.model.identifiers import IDENTIFIERS, phone
from ndsc.model.pole import Person
from ndsc.synth.addresses import REAL_AREAS
from ndsc.synth.rows import Row
from ndsc.synth.shipped import table
from ndsc.synth.story import COVERT, IMMUNE, NOBODY, OLEKSANDR, OVERDUE, REFUSED, SIAN, STORY, story_rows

ROWS = [(force, row) for person in STORY for force, row in person.records]


def rows(person: object) -> list[Row]:
    """The rows of one of the story's people."""
    return [row for story in STORY if story is person for _, row in story.records]


@pytest.mark.parametrize(("force", "row"), ROWS, ids=[row.ref for _, row in ROWS])
def test_every_row_is_of_a_real_force_and_in_canonical_form(force: str, row: Row) -> None:
    assert force in FORCES
    assert Row.model_validate_json(row.line()) == row
    person = row.person
    for name, value in (("pnc-id", person.pnc_id), ("cro-number", person.cro_number), ("phone", row.phone)):
        assert value is None or IDENTIFIERS[name].normalise(value) == value
    assert all(phone.parse(number).is_drama_number for number in person.phones)
    if person.home and person.home.postcode:
        assert IDENTIFIERS["postcode"].normalise(person.home.postcode) == person.home.postcode
        assert person.home.postcode[:2] not in REAL_AREAS
    if row.event and row.event.crime_type:
        assert row.event.crime_type in codes.get("crime-type")


def test_references_are_unique() -> None:
    assert len({row.ref for _, row in ROWS}) == len(ROWS)
    assert len({person.person_id for person in STORY}) == len(STORY)


def test_sian_is_known_to_four_forces_and_never_twice_alike() -> None:
    assert SIAN.forces == ("south-wales", "city-of-london", "northern-ireland", "btp")
    known = rows(SIAN)
    assert len({(row.person.given_name, row.person.surname, row.person.date_of_birth) for row in known}) == 4
    assert len({row.subject_category for row in known}) == 4
    assert str(known[0].person.date_of_birth) == "1987-03-09"
    assert known[1].person.date_of_birth == known[0].person.date_of_birth.day_and_month_swapped()  # type: ignore[union-attr]
    assert known[0].person.pnc_id == known[3].person.pnc_id is not None
    assert known[0].vehicle == known[3].vehicle is not None
    assert known[0].phone == known[1].phone is not None
    assert len({row.person.home.town for row in known if row.person.home}) == 3


def test_oleksandr_is_written_three_ways_and_once_known_by_the_year_alone() -> None:
    known = rows(OLEKSANDR)
    assert len({row.person.surname for row in known}) == 3
    assert [row.person.date_of_birth.is_full for row in known if row.person.date_of_birth] == [True, True, False]


def test_the_refused_one_is_sensitive_intelligence_of_merseyside_alone_and_may_be_told() -> None:
    (row,) = rows(REFUSED)
    grading = row.parsed_grading()
    assert REFUSED.forces == ("merseyside",)
    assert row.marking.sensitive
    assert grading is not None
    assert grading.action is None
    assert not row.immunity


def test_the_immune_one_is_derbyshires() -> None:
    assert IMMUNE.forces == ("derbyshire",)
    assert rows(IMMUNE)[0].immunity


def test_the_covert_one_is_for_covert_use_only() -> None:
    grading = rows(COVERT)[0].parsed_grading()
    assert grading is not None
    assert grading.action is HandlingAction.A2


def test_the_overdue_one_is_overdue_since_long_ago() -> None:
    assert rows(OVERDUE)[0].review_on < date(2020, 1, 1)


def test_nobody_has_a_surname_that_synth_can_give() -> None:
    assert isinstance(NOBODY, Person)
    assert NOBODY.surname not in {row["surname"] for row in table("surnames")}


def test_a_forces_part_of_the_story_can_be_asked_for() -> None:
    assert [person_id for person_id, _ in story_rows("durham")] == ["STORY-OLEKSANDR", "STORY-COVERT"]
    assert story_rows("kent") == []
