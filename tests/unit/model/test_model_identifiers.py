"""Identifiers read what people type, write one form, and refuse the rest with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ndsc.errors import InvalidInputError
from ndsc.model.identifiers import (
    IDENTIFIERS,
    InvalidIdentifierError,
    cro,
    driver_number,
    imei,
    phone,
    pnc_id,
    postcode,
)
from ndsc.model.identifiers import vin as vins
from ndsc.model.identifiers import vrm as vrms

GOLDEN: dict[str, dict[str, list[tuple[str, str]]]] = {
    name: vectors
    for name, vectors in json.loads((Path(__file__).parents[2] / "golden" / "identifiers.json").read_text()).items()
    if name != "//"
}
VALID = [(name, typed, canonical) for name, vectors in GOLDEN.items() for typed, canonical in vectors["valid"]]
INVALID = [(name, typed, reason) for name, vectors in GOLDEN.items() for typed, reason in vectors["invalid"]]


def test_every_identifier_has_golden_vectors() -> None:
    assert set(GOLDEN) == set(IDENTIFIERS)


@pytest.mark.parametrize(("name", "typed", "canonical"), VALID)
def test_what_people_type_has_one_canonical_form(name: str, typed: str, canonical: str) -> None:
    assert IDENTIFIERS[name].normalise(typed) == canonical


@pytest.mark.parametrize(("name", "typed", "reason"), INVALID)
def test_what_is_no_identifier_is_refused_with_the_reason(name: str, typed: str, reason: str) -> None:
    with pytest.raises(InvalidIdentifierError, match=reason) as refused:
        IDENTIFIERS[name].parse(typed)
    assert refused.value.identifier == IDENTIFIERS[name].title


@pytest.mark.parametrize(("name", "typed", "reason"), [vector for vector in INVALID if len(vector[1]) > 5])
def test_the_refusal_never_repeats_the_text(name: str, typed: str, reason: str) -> None:
    with pytest.raises(InvalidIdentifierError) as refused:
        IDENTIFIERS[name].parse(typed)
    assert typed not in str(refused.value)


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_examples_and_summaries_of_the_registry_hold(name: str) -> None:
    identifier = IDENTIFIERS[name]
    assert identifier.normalise(identifier.example) == identifier.example
    assert identifier.format(identifier.parse(identifier.example)) == identifier.example
    assert identifier.summary.endswith((".", ":")) or len(identifier.summary) > 20


def test_a_refusal_is_an_input_error_for_the_api_and_a_value_error_for_pydantic() -> None:
    error = InvalidIdentifierError("PNC ID", "why")
    assert isinstance(error, InvalidInputError)
    assert isinstance(error, ValueError)
    assert str(error) == "PNC ID: why"


def test_check_letters_are_those_of_the_remainders_in_order() -> None:
    letters = "".join(pnc_id.PncId(2000, number).check for number in range(23))
    assert letters == "ZABCDEFGHJKLMNPQRTUVWXY"


def test_two_digit_years_turn_at_forty_whatever_the_day() -> None:
    assert pnc_id.parse("39/1" + pnc_id.PncId(2039, 1).check).year == 2039
    assert pnc_id.parse("40/1" + pnc_id.PncId(1940, 1).check).year == 1940


def test_a_cro_number_says_whether_fingerprints_are_held() -> None:
    assert cro.parse("29906/12J").fingerprints
    assert not cro.parse("SF05/482703J").fingerprints


def test_an_old_number_without_fingerprints_may_carry_the_letter_of_its_serial_alone() -> None:
    number = cro.CroNumber(45, "1234", fingerprints=False)
    assert len(set(number.fitting_letters)) == 3
    for letter in number.fitting_letters:
        assert cro.normalise(f"SF45/1234{letter}") == f"SF45/1234{letter}"
    assert len(cro.CroNumber(85, "123456", fingerprints=False).fitting_letters) == 1
    assert len(cro.CroNumber(45, "001234", fingerprints=True).fitting_letters) == 1


@pytest.mark.parametrize(
    ("mark", "form"),
    [
        ("AB01 CDE", "current"),
        ("A123 BCD", "prefix"),
        ("ABC 123D", "suffix"),
        ("AIZ 1234", "northern-ireland"),
        ("1234 AB", "dateless"),
    ],
)
def test_a_plate_knows_its_form(mark: str, form: str) -> None:
    assert vrms.parse(mark).form == form


def test_a_vin_tells_whether_it_carries_the_optional_check_digit() -> None:
    assert vins.parse("1M8GDM9AXKP042788").has_check_digit
    assert not vins.parse("WVWZZZ1JZXW000001").has_check_digit
    assert vins.parse("WVWZZZ1JZXW000001").manufacturer == "WVW"


def test_an_imei_names_its_maker_and_model() -> None:
    assert imei.parse("490154203237518").type_allocation_code == "49015420"


def test_a_postcode_knows_its_area_and_sector() -> None:
    code = postcode.parse("ec1a1bb")
    assert (code.area, code.outward, code.sector) == ("EC", "EC1A", "EC1A 1")


def test_a_driver_number_says_birth_and_sex() -> None:
    number = driver_number.parse("MORGA657054SM9IJ")
    assert (number.surname, number.initials) == ("MORGA", "SM")
    assert (number.year_of_century, number.month, number.day, number.female) == (64, 7, 5, True)


@pytest.mark.parametrize("prefix", phone.DRAMA_PREFIXES)
def test_all_of_ofcoms_drama_numbers_are_read_and_known_as_such(prefix: str) -> None:
    for last in ("000", "417", "999"):
        assert phone.parse(prefix + last).is_drama_number


@pytest.mark.parametrize("text", ["+442079470000", "+12125550123", "not a number", ""])
def test_other_numbers_are_not_drama_numbers(text: str) -> None:
    assert not phone.is_drama_number(text)
