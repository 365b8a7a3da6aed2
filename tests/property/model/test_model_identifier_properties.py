"""Properties that every identifier has, whatever is typed."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndsc.model.identifiers import IDENTIFIERS, InvalidIdentifierError, cro, imei, pnc_id, uprn
from ndsc.model.identifiers.check_letters import CHECK_LETTERS

NAMES = sorted(IDENTIFIERS)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=80))
def test_any_text_is_an_identifier_or_refused(name: str, text: str) -> None:
    try:
        canonical = IDENTIFIERS[name].normalise(text)
    except InvalidIdentifierError:
        return
    assert IDENTIFIERS[name].normalise(canonical) == canonical


def _broken(name: str, count: int) -> list[str]:
    """The example with one to four characters changed, left out, doubled, or foreign ones put in."""
    chance = random.Random(name)
    odd = string.printable + "٣߀½Ⅷ\u200b\ufeff\x00éßİ😀＋\u202e"
    texts = []
    for _ in range(count):
        text = IDENTIFIERS[name].example
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(text) + 1)
            text = (
                text[:at]
                + chance.choice(["", chance.choice(odd), chance.choice(odd) * 9])
                + text[at + chance.randint(0, 2) :]
            )
        texts.append(text)
    return [*texts, "", " ", "\x00", "9" * 10_000, "/" * 64, "A" * 64, "-" * 64, "=CMD()", "<a>", "\ud800", "٣" * 12]


@pytest.mark.parametrize("name", NAMES)
def test_a_thousand_broken_texts_are_refused_or_read_and_never_crash(name: str) -> None:
    refused = 0
    for text in _broken(name, 1_000):
        try:
            canonical = IDENTIFIERS[name].normalise(text)
        except InvalidIdentifierError:
            refused += 1
        else:
            assert canonical.isascii()
            assert IDENTIFIERS[name].normalise(canonical) == canonical
    assert refused > 200


@pytest.mark.parametrize("value", [None, 7, b"CF10 1EP", ["CF10 1EP"], 3.5])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_text_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidIdentifierError, match="not text"):
        IDENTIFIERS[name].normalise(value)  # type: ignore[arg-type]  # a caller without types


@settings(max_examples=80, deadline=None)
@given(year=st.integers(1940, 2039), serial=st.integers(0, 9_999_999))
def test_a_pnc_id_comes_back_from_its_long_and_its_short_form(year: int, serial: int) -> None:
    value = pnc_id.PncId(year, serial)
    assert pnc_id.parse(pnc_id.format(value)) == value
    assert pnc_id.parse(f"{year % 100:02d}/{serial}{value.check}") == value


@settings(max_examples=80, deadline=None)
@given(year=st.integers(1940, 2039), serial=st.integers(0, 9_999_999), letter=st.sampled_from(CHECK_LETTERS))
def test_only_one_letter_fits_a_pnc_id(year: int, serial: int, letter: str) -> None:
    value = pnc_id.PncId(year, serial)
    text = f"{year}/{serial:07d}{letter}"
    if letter == value.check:
        assert pnc_id.parse(text) == value
    else:
        with pytest.raises(InvalidIdentifierError, match="check letter"):
            pnc_id.parse(text)


@settings(max_examples=80, deadline=None)
@given(year=st.integers(0, 99), serial=st.integers(0, 999_999), fingerprints=st.booleans())
def test_a_cro_number_comes_back(year: int, serial: int, fingerprints: bool) -> None:
    value = cro.CroNumber(year, f"{serial:06d}" if fingerprints else str(serial), fingerprints)
    assert cro.parse(cro.format(value)) == value


@settings(max_examples=80, deadline=None)
@given(digits=st.text("0123456789", min_size=14, max_size=14), wrong=st.integers(1, 9))
def test_an_imei_has_exactly_one_check_digit(digits: str, wrong: int) -> None:
    right = imei.luhn_digit(digits)
    assert imei.normalise(digits + right) == digits + right
    with pytest.raises(InvalidIdentifierError, match="check digit"):
        imei.parse(digits + str((int(right) + wrong) % 10))


@settings(max_examples=80, deadline=None)
@given(number=st.integers(1, 10**12 - 1), padding=st.integers(0, 4))
def test_a_uprn_is_the_same_with_leading_zeros(number: int, padding: int) -> None:
    text = ("0" * padding + str(number))[-12:] if len(str(number)) + padding <= 12 else str(number)
    assert uprn.normalise(text) == str(number)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"phone", "crime-reference"}])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_case_and_surrounding_space_never_matter(name: str, data: st.DataObject) -> None:
    example = IDENTIFIERS[name].example
    typed = "".join(data.draw(st.sampled_from([letter.lower(), letter.upper()])) for letter in example)
    assert IDENTIFIERS[name].normalise(f"  {typed}\t") == example
