"""How a record comes to differ from the person: one way at a time."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address
from ndsc.synth import variation as v
from ndsc.synth.draws import person_chance, scattered
from ndsc.synth.identity import Identity

HOME = Address(number="1", street="Larkmoor Rise", town="Cardiff", postcode="CC10 4LD")
IDENTITY = Identity(
    index=1,
    sex="F",
    born=date(1987, 3, 9),
    given="Elizabeth",
    middle="Ann",
    surname="Brown-O'Neill",
    maiden="Brown",
    origin="GB",
    nationality="GBR",
    ethnicity="W1",
    homes=(HOME, HOME),
    phone="+447700900001",
    email="e@example.org",
    vehicle=None,
    pnc=None,
    cro=None,
)
TRUE = v.accurate(IDENTITY, HOME)


def chance(number: int = 0) -> random.Random:
    """A repeatable source of chance."""
    return person_chance(1, number)


def test_nothing_goes_wrong_when_nothing_may() -> None:
    assert v.varied(chance(), IDENTITY, TRUE, amount=0) == TRUE


def test_friends_say_liz() -> None:
    assert v.nickname(chance(), IDENTITY, TRUE).given in {"Liz", "Beth", "Betty", "Lizzie", "Eliza"}


def test_an_old_record_has_the_maiden_name() -> None:
    assert v.maiden_name(chance(), IDENTITY, TRUE).surname == "Brown"
    single = replace(IDENTITY, maiden=None)
    assert v.maiden_name(chance(), single, TRUE) == TRUE


def test_day_and_month_are_swapped() -> None:
    assert v.swapped_date(chance(), IDENTITY, TRUE).born == PartialDate(1987, 9, 3)


def test_a_partial_date_keeps_the_year() -> None:
    born = {v.partial_date(chance(number), IDENTITY, TRUE).born for number in range(20)}
    assert born == {PartialDate(1987), PartialDate(1987, 3)}


def test_a_wrong_date_is_a_date_near_the_right_one() -> None:
    for number in range(50):
        born = v.wrong_date(chance(number), IDENTITY, TRUE).born
        assert born is not None
        assert born != TRUE.born
        assert abs(born.year - 1987) in {0, 1, 10}


def test_a_system_without_marks_drops_them() -> None:
    accented = replace(TRUE, given="Siân", surname="Ó Néill-Strauß")
    plain = v.plain_letters(chance(), IDENTITY, accented)
    assert (plain.given, plain.surname) == ("Sian", "O Neill Strauß")
    assert v.plain_letters(chance(), IDENTITY, TRUE).surname == "Brown ONeill"


def test_half_of_a_double_surname_remains() -> None:
    assert v.half_a_surname(chance(), IDENTITY, TRUE).surname in {"Brown", "O'Neill"}
    assert v.half_a_surname(chance(), IDENTITY, replace(TRUE, surname="Ash")).surname == "Ash"


def test_names_change_places() -> None:
    changed = v.names_exchanged(chance(), IDENTITY, TRUE)
    assert (changed.given, changed.surname) == (TRUE.surname, TRUE.given)


@pytest.mark.parametrize("name", ["Elizabeth", "Brown", "O'Neill", "Siân", "Lloyd", "Al-Masri"])
def test_a_slip_is_one_slip_and_spares_the_first_letter(name: str) -> None:
    for number in range(60):
        slipped = v.slip(chance(number), name)
        assert slipped[0] == name[0]
        assert abs(len(slipped) - len(name)) <= 1


def test_short_names_are_left_alone() -> None:
    assert v.slip(chance(), "Lee") == "Lee"


def test_a_varied_record_still_has_a_surname() -> None:
    for number in range(300):
        assert v.varied(chance(number), IDENTITY, TRUE).surname


def test_numbers_are_scattered_without_meeting() -> None:
    for size in (1, 2, 97, 1000, 16_000):
        assert {scattered(index, size) for index in range(size)} == set(range(size))
    assert scattered(1000, 1000) is None
