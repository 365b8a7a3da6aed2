"""Index keys: the published vectors, and what each rule is there for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from ndsc.index.canonical import (
    DOMAIN,
    canonical_bytes,
    characters,
    consonants_and_digits,
    fold,
    letters,
    outline,
    sound,
)
from ndsc.index.explain import explain, markdown, no_key, would_make_a_key
from ndsc.index.facets import FACETS
from ndsc.index.keys import KEY_RULES, LEAST_BITS, MAX_KEYS, TABLE, keys_of, usable
from ndsc.index.oprf import evaluate_directly, token
from ndsc.index.towns import spelt_right
from ndsc.model.pole import Address, AnyBody, Body, Event, Kind, Location, Object, Person

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "index-keys.json").read_text(encoding="utf-8"))
_BODY: TypeAdapter[Body] = TypeAdapter(AnyBody)


def person(**attributes: Any) -> Person:
    return Person.model_validate(attributes)


def rules_shared(one: Body, other: Body) -> set[str]:
    return {key.rule for key in set(keys_of(one)) & set(keys_of(other))}


@pytest.mark.parametrize("vector", GOLDEN["forms"], ids=lambda vector: repr(vector["text"]))
def test_the_forms_of_a_text_are_the_published_ones(vector: dict[str, str]) -> None:
    text = vector["text"]
    assert fold(text) == vector["fold"]
    assert sound(text) == vector["sound"]
    assert outline(text) == vector["outline"]
    assert characters(text) == vector["characters"]
    assert consonants_and_digits(text) == vector["consonants_and_digits"]
    assert letters(text) == vector["letters"]
    assert spelt_right(text) == vector["town"]


@pytest.mark.parametrize("record", GOLDEN["records"], ids=lambda record: json.dumps(record["body"])[:60])
def test_a_record_gives_the_published_keys(record: dict[str, Any]) -> None:
    keys = keys_of(_BODY.validate_python(record["body"]))
    assert [(key.rule, key.canonical.hex()) for key in keys] == [(key["rule"], key["hex"]) for key in record["keys"]]


def test_published_parts_make_the_published_bytes_by_the_rule_that_the_file_states() -> None:
    assert GOLDEN["domain"] == DOMAIN
    assert GOLDEN["table"] == TABLE
    for record in GOLDEN["records"]:
        for key in record["keys"]:
            texts = [GOLDEN["domain"], key["rule"], *key["parts"]]
            expected = b"".join(len(text.encode()).to_bytes(2, "big") + text.encode() for text in texts)
            assert canonical_bytes(key["rule"], tuple(key["parts"])) == expected == bytes.fromhex(key["hex"])


def test_published_keys_become_the_published_tokens() -> None:
    secret = bytes.fromhex(GOLDEN["token_key"])
    for key in (key for record in GOLDEN["records"] for key in record["keys"]):
        assert token(evaluate_directly(secret, bytes.fromhex(key["hex"]))).hex() == key["token"]


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"given_name": "Ann", "surname": "Smyth", "date_of_birth": "1987-03-09"}, "birth-surname"),
        ({"given_name": "Anna", "surname": "Jones", "date_of_birth": "1987-03-09"}, "birth-name"),
        ({"surname": "Anna", "date_of_birth": "1987-09-03"}, "birth-name"),
        ({"given_name": "Jnoes", "surname": "Smith", "date_of_birth": "1987-03-09"}, "birth-surname"),
        ({"surname": "Jones", "previous_surname": "Smith", "date_of_birth": "1987-03-09"}, "birth-surname"),
        ({"surname": "Smith-Jones", "date_of_birth": "1987-03-09"}, "birth-surname"),
        ({"date_of_birth": "1987-03-09", "home": {"town": "Cardif"}}, "birth-town"),
        ({"date_of_birth": "1987-03-09", "home": {"town": "Vardiff"}}, "birth-town"),
        ({"date_of_birth": "1987-03-09", "home": {"postcode": "cf101ep"}}, "birth-postcode"),
        ({"given_name": "Smith", "surname": "Anna", "home": {"town": "Cardiff"}}, "names-town"),
        ({"given_name": "Anan", "surname": "Simth", "home": {"town": "Cadriff"}}, "names-town"),
        ({"surname": "Smith", "home": {"postcode": "CF10 1EP", "number": "14"}}, "name-door"),
        ({"surname": "Anna", "home": {"town": "Cardiff", "street": "Example St"}}, "name-street"),
        ({"given_name": "Ana", "surname": "Smith", "date_of_birth": "1987-03"}, "birth-months-names"),
        ({"given_name": "Ana", "surname": "Smiths", "date_of_birth": "1987-04-09"}, "birth-months-names"),
        ({"given_name": "Ana", "surname": "Smith", "date_of_birth": "1987-02-28"}, "birth-months-names"),
        ({"surname": "Simth", "date_of_birth": "1987-04", "home": {"town": "Cadriff"}}, "surname-town-birth-months"),
        ({"emails": ["ANNA.smith@gmail.com"]}, "email"),
        ({"surname": "Smith", "emails": ["anna.smith@btinternet.com"]}, "mailbox-name"),
        ({"phones": ["07700 900123"]}, "phone"),
        ({"pnc_id": "12/9000001R"}, "pnc-id"),
    ],
)
def test_a_variant_of_a_person_shares_a_key(other: dict[str, Any], rule: str) -> None:
    known = person(
        given_name="Anna",
        surname="Smith",
        date_of_birth="1987-03-09",
        home={"number": "14", "street": "Example Street", "town": "Cardiff", "postcode": "CF10 1EP"},
        emails=["anna.smith@gmail.com"],
        phones=["+447700900123"],
        pnc_id="2012/9000001R",
    )
    assert rule in rules_shared(known, person(**other))


@pytest.mark.parametrize(
    "vague",
    [
        {"given_name": "Anna"},
        {"surname": "Smith"},
        {"given_name": "Anna", "surname": "Smith"},
        {"date_of_birth": "1987-03-09"},
        {"surname": "Smith", "date_of_birth": "1987"},
        {"given_name": "Anna", "surname": "Smith", "date_of_birth": "1987"},
        {"home": {"town": "Cardiff"}},
        {"surname": "Smith", "home": {"town": "Cardiff"}},
        {"home": {"postcode": "CF10 1EP", "number": "14"}},
        {},
    ],
)
def test_what_many_share_gives_no_key(vague: dict[str, Any]) -> None:
    assert not usable(keys_of(person(**vague)))


def test_years_and_months_that_are_neighbours_meet_and_others_do_not() -> None:
    def seen(rule: str, one: str, other: str) -> bool:
        anna = {
            "given_name": "Anna",
            "surname": "Smith",
            "home": {"town": "Cardiff"},
            "emails": ["a@smith-price.example"],
        }
        return rule in rules_shared(person(**anna, date_of_birth=one), person(**anna, date_of_birth=other))

    assert seen("birth-months-names", "1987-12-30", "1988-01-02")
    assert not seen("birth-months-names", "1987-12-30", "1988-02-02")


def test_an_e_mail_address_meets_its_misspelling_in_neighbouring_years_of_any_decade() -> None:
    def meets(born: str) -> bool:
        one = person(emails=["anna@smithprice.org"], date_of_birth="1989")
        return rules_shared(one, person(emails=["nana@smtihprice.org"], date_of_birth=born)) == {
            "email-letters",
            "email-birth-years",
        }

    assert meets("1988")
    assert meets("2000")
    assert not meets("1987")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Cardif", "cardiff"),
        ("Lodnon", "london"),
        ("Brimingham", "birmingham"),
        ("Yrk", "york"),
        ("Derby", "derby"),  # a town itself, though near another
        ("Ely", "ely"),  # not listed and too short to be sure of
        ("Nether Wallop", "netherwallop"),
        ("Ко", "ко"),
        ("", ""),
    ],
)
def test_a_town_is_spelt_right(typed: str, meant: str) -> None:
    assert spelt_right(typed) == meant


def test_the_letters_of_a_public_provider_s_address_are_no_key() -> None:
    rules = {key.rule for key in keys_of(person(surname="Smith", emails=["a.smith@gmail.com"]))}
    assert rules == {"email", "mailbox-name"}


def test_names_in_another_script_have_keys_as_they_are() -> None:
    rules = {key.rule for key in keys_of(person(given_name="Алексей", surname="Иванов", date_of_birth="1979-11"))}
    assert rules == {"birth-months-names"}


def test_a_telephone_and_the_person_who_uses_it_share_a_key() -> None:
    handset = Object(category="phone", phone_number="07700 900123")
    assert rules_shared(handset, person(phones=["+44 7700 900123"])) == {"phone"}


def test_an_identifier_that_does_not_parse_still_finds_itself() -> None:
    assert rules_shared(Object(vrm="Q-MADE UP 1"), Object(vrm="qmadeup1")) == {"vrm"}


def test_an_ordinary_person_gives_few_keys_and_nobody_gives_many() -> None:
    ordinary = person(
        given_name="Anna",
        surname="Smith",
        date_of_birth="1987-03-09",
        home={"number": "14", "street": "Example Street", "town": "Cardiff", "postcode": "CF10 1EP"},
    )
    assert len(keys_of(ordinary)) <= 16
    crowded = person(
        given_name="Anna",
        surname="Smith",
        emails=[f"mailbox{n}@host{n}.example" for n in range(10)],
        phones=[f"+4477009000{n:02d}" for n in range(10)],
    )
    assert len(keys_of(crowded)) <= MAX_KEYS


def test_every_rule_is_selective_and_names_facets_that_exist() -> None:
    for rule in KEY_RULES:
        assert rule.bits >= LEAST_BITS
        assert set(rule.facets) <= set(FACETS[rule.kind])
    assert len({(rule.kind, rule.name) for rule in KEY_RULES}) == len(KEY_RULES)
    assert {rule.kind for rule in KEY_RULES} == set(Kind)


def test_every_facet_is_used_by_a_rule() -> None:
    for kind, facets in FACETS.items():
        used = {name for rule in KEY_RULES if rule.kind is kind for name in rule.facets}
        assert used == set(facets)


def test_the_table_explains_every_rule() -> None:
    assert [row.rule for row in explain()] == [rule.name for rule in KEY_RULES]
    assert markdown().count("\n") == len(KEY_RULES) + 2
    assert "| person | `birth-surname` | date of birth + sound of a surname" in markdown()


ADDED: dict[str, dict[str, Any]] = {
    "a name": {"surname": "Smith"},
    "a surname": {"surname": "Smith"},
    "a given name": {"given_name": "Anna"},
    "a date of birth": {"date_of_birth": "1987-03-09"},
    "a month of birth": {"date_of_birth": "1987-03"},
    "a year of birth": {"date_of_birth": "1987"},
    "a town": {"home.town": "Cardiff", "address.town": "Cardiff"},
    "a street": {"home.street": "Example Street", "address.street": "Example Street"},
    "a house number": {"home.number": "14", "address.number": "14"},
    "a postcode": {"home.postcode": "CF10 1EP", "address.postcode": "CF10 1EP"},
    "a property reference": {"home.uprn": "100023336956", "address.uprn": "100023336956"},
    "an e-mail address": {"emails": ["anna.smith@host.example"]},
    "a telephone number": {"phones": ["+447700900123"], "phone_number": "+447700900123"},
    "a PNC identifier": {"pnc_id": "2014/9000417Z"},
    "a CRO number": {"cro_number": "900417/14Z"},
    "a driver number": {"driver_number": "SMITH853097A99AB"},
    "a registration mark": {"vrm": "CF01 SLP"},
    "a vehicle identification number": {"vin": "1M8GDM9AXKP042788"},
    "a handset identity": {"imei": "490154203237518"},
    "a serial number of 5 characters or more": {"serial_number": "AB12345"},
    "the name of the place": {"name": "Market Hall"},
    "an area": {"area_name": "Cardiff 001A"},
    "coordinates": {"latitude": 51.4816, "longitude": -3.1791},
    "a crime reference": {"crime_reference": "62/900417/25"},
    "the reference of an intelligence report": {"urn": "IR123456"},
}


def adding(body: AnyBody, words: Iterable[str]) -> AnyBody:
    """The query with these details, as far as its kind has them."""
    stated = body.model_dump(exclude_none=True, exclude_unset=True) | {"kind": body.kind}
    for word in words:
        for path, value in ADDED[word].items():
            name, _, part = path.partition(".")
            if name in type(body).model_fields:
                stated[name] = {**stated.get(name, {}), part: value} if part else value
    return type(body).model_validate(stated)


@pytest.mark.parametrize(
    "body",
    [
        Person(given_name="Sian"),
        Person(surname="Smith"),
        Person(given_name="Sian", surname="Smith", date_of_birth="1987"),
        Person(date_of_birth="1987-03-09"),
        Person(sex="female"),
        Person(home=Address(town="Cardiff")),
        Object(category="vehicle", colour="Red"),
        Object(category="phone"),
        Object(category="weapon"),
        Location(name="Market Street"),
        Location(address=Address(street="High Street")),
        Location(area_name="Cardiff"),
        Event(category="crime", title="Burglary"),
    ],
)
def test_whatever_a_query_without_a_key_is_told_to_add_would_make_one(body: AnyBody) -> None:
    assert not keys_of(body)
    enough = would_make_a_key(body)
    assert enough
    for words in enough:
        assert keys_of(adding(body, words)), words
        assert not any(set(less) < set(words) for less in enough), "a detail that is not needed"
    assert all(word in no_key(body) for words in enough if len(words) == 1 for word in words)
