"""Canonical key input: no two inputs share bytes, and how a thing is typed does not matter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ndsc.index.canonical import canonical_bytes, characters, consonants_and_digits, fold, outline, sound
from ndsc.index.keys import MAX_KEYS, keys_of
from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address, Person

TEXTS = st.text(max_size=30)
NAMES = st.one_of(st.none(), st.text(min_size=1, max_size=20).filter(lambda text: bool(text.strip())))
PARTS = st.lists(TEXTS, max_size=4).map(tuple)
DATES = st.one_of(st.none(), st.dates().map(lambda day: PartialDate(day.year, day.month, day.day)))
PEOPLE = st.builds(
    Person,
    given_name=NAMES,
    surname=NAMES,
    previous_surname=NAMES,
    date_of_birth=DATES,
    home=st.builds(Address, number=NAMES, street=NAMES, town=NAMES, postcode=NAMES, uprn=NAMES),
    emails=st.lists(st.text(min_size=1, max_size=20).filter(lambda text: bool(text.strip())), max_size=3).map(tuple),
)


@given(TEXTS, PARTS, TEXTS, PARTS)
def test_different_keys_have_different_bytes(
    rule: str, parts: tuple[str, ...], other: str, more: tuple[str, ...]
) -> None:
    same = (rule, parts) == (other, more)
    assert (canonical_bytes(rule, parts) == canonical_bytes(other, more)) is same


@given(TEXTS)
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    for form in (sound, outline, characters, consonants_and_digits):
        assert form(fold(text)) == form(text)


@given(PEOPLE)
def test_case_and_spaces_do_not_change_the_keys(person: Person) -> None:
    shouted = person.model_copy(
        update={
            name: f" {value.upper().lower()} "
            for name in ("given_name", "surname")
            if (value := getattr(person, name)) is not None and value.isascii()
        }
    )
    assert keys_of(shouted) == keys_of(person)


@given(PEOPLE)
def test_swapped_names_and_swapped_day_and_month_share_a_key(person: Person) -> None:
    swapped = person.model_copy(update={"given_name": person.surname, "surname": person.given_name})
    birth = person.date_of_birth
    if birth is not None and (turned := birth.day_and_month_swapped()):
        swapped = swapped.model_copy(update={"date_of_birth": turned})
    wanted = {key for key in keys_of(person) if key.rule == "birth-name"}
    assert bool(wanted) == bool(wanted & set(keys_of(swapped)))
    if birth is not None and birth.day is not None and sound(person.given_name or "") and sound(person.surname or ""):
        assert wanted


@given(PEOPLE)
def test_keys_are_distinct_bounded_and_say_their_rule(person: Person) -> None:
    keys = keys_of(person)
    assert len({key.canonical for key in keys}) == len(keys) <= MAX_KEYS
    assert all(key.rule.encode() in key.canonical for key in keys)
