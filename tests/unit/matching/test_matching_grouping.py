"""Records become people and things; what disagrees stays visible, and every choice has its reasons."""

from __future__ import annotations

from typing import Any

import pytest

from ndsc.matching.comparing import compare, prepare
from ndsc.matching.grouping import Candidate, Group, group
from ndsc.matching.reasons import reasons_of
from ndsc.model.pole import Event, Kind, Location, Object, Person

HOME = {"number": "4", "street": "Mill Lane", "town": "Cardiff", "postcode": "CF10 1EP"}
SIAN = {"given_name": "Siân", "surname": "Llewellyn", "date_of_birth": "1987-03-09", "home": HOME}


def person(**attributes: Any) -> Person:
    return Person.model_validate(attributes)


def members(groups: list[Group]) -> list[set[str]]:
    return [{member.id for member in each.members} for each in groups]


def test_one_person_under_three_spellings_is_one_group_and_a_stranger_another() -> None:
    found = [
        Candidate("met.1", person(**SIAN | {"given_name": "Sian", "surname": "Llewelyn"})),
        Candidate("psni.1", person(**SIAN | {"date_of_birth": "1987-09-03"})),
        Candidate("btp.1", person(**SIAN | {"home": None})),
        Candidate("kent.1", person(given_name="Gareth", surname="Pugh", date_of_birth="1950-01-01")),
    ]
    groups = group(person(**SIAN), found)
    assert members(groups) == [{"met.1", "psni.1", "btp.1"}, {"kent.1"}]
    assert groups[0].probability > 0.99
    assert groups[1].probability < 0.01


def test_the_same_records_group_alike_in_any_order() -> None:
    found = [
        Candidate(f"r{n}", person(**SIAN | {"surname": name})) for n, name in enumerate(["Price", "Pryce", "Rees"])
    ]
    forwards, backwards = group(person(**SIAN), found), group(person(**SIAN), found[::-1])
    assert forwards == backwards


def test_a_group_is_called_by_a_record_that_has_a_name() -> None:
    found = [
        Candidate("a", person(pnc_id="2014/9000417Z")),
        Candidate("b", person(**SIAN | {"pnc_id": "2014/9000417Z"})),
        Candidate("c", person(surname="Llewellyn", pnc_id="2014/9000417Z")),
    ]
    (only,) = group(person(pnc_id="2014/9000417Z"), found)
    assert only.label == "Siân Llewellyn, born 9 March 1987"
    (nameless,) = group(person(pnc_id="2014/9000417Z"), found[:1])
    assert nameless.label == "Name not recorded"


def test_two_dates_of_birth_are_shown_and_never_merged_away() -> None:
    found = [Candidate("a", person(**SIAN)), Candidate("b", person(**SIAN | {"date_of_birth": "1987-09-03"}))]
    (only,) = group(person(**SIAN), found)
    (conflict,) = [each for each in only.conflicts if each.attribute == "date of birth"]
    assert conflict.values == {"1987-03-09": ("a",), "1987-09-03": ("b",)}


def test_a_year_of_birth_does_not_contradict_a_day_in_it() -> None:
    found = [Candidate("a", person(**SIAN)), Candidate("b", person(**SIAN | {"date_of_birth": "1987"}))]
    (only,) = group(person(**SIAN), found)
    assert only.conflicts == ()


def test_twins_at_one_address_are_two_people() -> None:
    sian = Candidate("a", person(**SIAN | {"pnc_id": "2004/0000001A", "sex": "2"}))
    owain = Candidate("b", person(**SIAN | {"given_name": "Owain", "sex": "1"}))
    gwen = Candidate("c", person(**SIAN | {"given_name": "Gwenllian", "pnc_id": "2004/0300002B", "sex": "2"}))
    assert len(group(person(surname="Llewellyn"), [sian, owain, gwen])) == 3


def test_every_candidate_of_the_kind_is_in_exactly_one_group() -> None:
    found = [
        Candidate(f"r{n}", person(given_name="Al", surname="Smith", date_of_birth=f"{1900 + n}")) for n in range(150)
    ]
    found.append(Candidate("car", Object(category="vehicle", vrm="AB12 CDE")))
    groups = group(person(surname="Smith"), found)
    placed = [member.id for each in groups for member in each.members]
    assert sorted(placed) == sorted(candidate.id for candidate in found if candidate.id != "car")


def test_no_candidates_make_no_groups() -> None:
    assert group(person(**SIAN), []) == []


def test_reasons_are_plain_words_the_weightiest_first() -> None:
    left, right = person(**SIAN), person(**SIAN | {"surname": "Llewelin", "date_of_birth": "1987-09-03"})
    reasons = reasons_of(compare(prepare(left), prepare(right)), left, right)
    assert "date of birth with day and month exchanged: 9 March 1987 / 3 September 1987" in reasons
    assert any(reason.startswith("surname nearly the same: Llewellyn / Llewelin") for reason in reasons)
    assert any(reason.startswith("same address: 4 Mill Lane") for reason in reasons)


def test_a_member_says_with_which_record_it_belongs_and_why() -> None:
    found = [Candidate("a", person(**SIAN)), Candidate("b", person(**SIAN))]
    (only,) = group(person(**SIAN), found)
    assert {member.bond_with for member in only.members} == {"a", "b"}
    assert all("same date of birth: 9 March 1987" in member.bond_reasons for member in only.members)


@pytest.mark.parametrize(
    ("query", "same", "other"),
    [
        (
            Object(category="vehicle", vrm="AB12 CDE"),
            Object(category="vehicle", vrm="ab12cde", colour="Blue"),
            Object(category="vehicle", vrm="XY34 ZZZ", colour="Blue"),
        ),
        (
            Object(category="phone", phone_number="+442079460001"),
            Object(category="phone", phone_number="+442079460001"),
            Object(category="phone", phone_number="+442079460002"),
        ),
        (
            Location(name="Mill Lane", latitude=51.48, longitude=-3.18),
            Location(name="On or near Mill Lane", latitude=51.48, longitude=-3.18),
            Location(name="Mill Lane", latitude=54.6, longitude=-5.93),
        ),
        (
            Event(category="crime", crime_reference="62/1417/25"),
            Event(category="crime", crime_reference="62/1417/25"),
            Event(category="crime", crime_reference="62/1418/25"),
        ),
    ],
)
def test_things_are_known_by_their_identifiers(
    query: Object | Location | Event, same: Object | Location | Event, other: Object | Location | Event
) -> None:
    groups = group(query, [Candidate("other", other), Candidate("same", same)])
    assert members(groups) == [{"same"}, {"other"}]


def test_a_person_is_never_compared_with_a_place() -> None:
    with pytest.raises(ValueError, match="cannot compare"):
        compare(prepare(Person()), prepare(Location()))


def test_two_records_of_a_car_are_one_car_whose_colours_disagree() -> None:
    cars = [Candidate(c, Object(category="vehicle", vrm="AB12 CDE", colour=c)) for c in ("Blue", "Green")]
    (car,) = group(Object(category="vehicle", vrm="AB12 CDE"), cars)
    assert car.kind is Kind.OBJECT
    assert [conflict.attribute for conflict in car.conflicts] == ["colour"]
