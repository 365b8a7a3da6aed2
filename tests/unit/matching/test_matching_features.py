"""What of a person is compared, and in which form."""

from __future__ import annotations

import pytest

from ndsc.matching.features import NOTHING, features_of
from ndsc.matching.names import fold, fold_street, given_forms, sound
from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address, Person


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("O'Brien", "obrien"),
        ("Siân", "sian"),
        ("Łukasz", "lukasz"),
        ("ANNE-MARIE", "annemarie"),
        ("Иван", "иван"),
        ("-", ""),
    ],
)
def test_names_fold_to_plain_letters(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_a_short_form_stands_for_its_name_and_for_itself() -> None:
    assert given_forms("bob") == ("bob", "robert")
    assert set(given_forms("alex")) == {"alex", "alexander", "alexandra"}
    assert given_forms("xanthippe") == ("xanthippe",)


def test_names_that_sound_alike_share_a_code() -> None:
    assert sound("smith") == sound("smyth")
    assert sound("mohammed") == sound("muhammad")
    assert sound("иван") is None


def test_a_street_is_the_same_abbreviated_or_not() -> None:
    assert fold_street("High St") == fold_street("HIGH STREET") == "highstreet"
    assert fold_street("St Mary Street") == "stmarystreet"


def test_of_a_person_of_whom_nothing_is_known_nothing_is_compared() -> None:
    assert features_of(Person()) == NOTHING


def test_a_partial_date_is_not_taken_for_a_full_one() -> None:
    year = features_of(Person(date_of_birth=PartialDate(1987)))
    assert (year.birth, year.birth_full, year.birth_swapped) == ("1987", None, None)
    day = features_of(Person(date_of_birth=PartialDate(1987, 3, 9)))
    assert (day.birth, day.birth_full, day.birth_swapped) == ("1987-03-09", "1987-03-09", "1987-09-03")


def test_previous_and_double_surnames_are_all_compared() -> None:
    assert features_of(Person(surname="Lloyd-Price", previous_surname="Pugh")).surnames == (
        "lloydprice", "lloyd", "price", "pugh",
    )  # fmt: skip


@pytest.mark.parametrize(("code", "compared"), [("1", "m"), ("F", "f"), ("female", "f"), ("9", None), ("0", None)])
def test_sex_is_compared_only_where_it_was_recorded(code: str, compared: str | None) -> None:
    assert features_of(Person(sex=code)).sex == compared


def test_a_rare_name_is_rarer_than_a_common_one() -> None:
    common, rare = features_of(Person(surname="Smith")), features_of(Person(surname="Qwzyx"))
    assert common.tf_surname is not None
    assert rare.tf_surname is not None
    assert rare.tf_surname < common.tf_surname
    assert features_of(Person(given_name="Jo")).tf_surname is None


def test_an_address_is_compared_part_by_part() -> None:
    home = features_of(Person(home=Address(number="12A", street="Mill Rd", town="Caerdydd", postcode="CF10 1EP")))
    assert (home.house_number, home.street, home.town, home.postcode) == ("12a", "millroad", "caerdydd", "cf101ep")
