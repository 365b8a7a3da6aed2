"""What an officer of another force could infer: nothing that is masked, and nothing that may not be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from tests.guarded import GuardedNode

from ndsc.model.pole import Address, Kind, Person, SubjectCategory
from ndsc.model.sharing import Treatment
from ndsc.node.indexing import TokenRow, replace_tokens
from ndsc.node.schemas import encode_token
from ndsc.policy.decider import Mask

MAIR = Person(given_name="Mair", surname="Pugh", date_of_birth="1981-04-05")
IFAN = Person(given_name="Ifan", surname="Pugh", date_of_birth="2015-04-05")
RHYS = Person(given_name="Rhys", surname="Pugh", date_of_birth="1980-02-03")


@pytest.fixture
def immune_event(guarded: GuardedNode) -> Iterator[None]:
    """While the one event is under public interest immunity."""
    _mark(guarded, "true")
    yield
    _mark(guarded, "false")


def _mark(guarded: GuardedNode, immune: str) -> None:
    with guarded.engine.begin() as connection:
        connection.execute(
            text("UPDATE record SET immunity = CAST(:is AS boolean) WHERE kind = 'event'"), {"is": immune}
        )


@pytest.mark.parametrize(
    "guess",
    [
        Person(phones=("+447700900102",)),
        Person(given_name="Mair", surname="Pugh", home=Address(town="Cardiff")),
        Person(date_of_birth="1981-04-05", home=Address(postcode="CF10 1EQ")),
    ],
    ids=["telephone", "town", "postcode"],
)
def test_a_victims_withheld_home_or_telephone_cannot_be_guessed_by_searching(
    guarded: GuardedNode, guess: Person
) -> None:
    victim = guarded.found(MAIR)[0].id
    met, nobody = guarded.ask(guess), guarded.ask(Person(phones=("+447700900199",)))
    assert victim not in [record.id for record in met.records]
    if not met.records:
        assert met == nobody, "it looks like nothing held"


def test_a_record_met_by_open_keys_does_not_say_that_a_masked_one_fits_too(guarded: GuardedNode) -> None:
    guesses = [MAIR.model_copy(update={"home": Address(postcode=code)}) for code in ("CF10 1EQ", "CF10 1EZ")]
    right, wrong = [guarded.ask(guess) for guess in guesses]
    assert right == wrong


def test_a_childs_masked_date_of_birth_is_not_confirmed_by_the_names_of_keys(guarded: GuardedNode) -> None:
    (found,) = guarded.found(IFAN)
    assert isinstance(found.body, Person)
    assert str(found.body.date_of_birth) == "2015", "shown by its year"
    assert not [rule for rule in found.matched if "birth" in rule]


def test_which_of_two_records_a_masked_value_fits_is_not_told_by_their_order(guarded: GuardedNode) -> None:
    orders = []
    for phone in ("+447700900102", "+447700900101"):
        query = Person(surname="Pugh", home=Address(town="Cardiff"), phones=(phone,), date_of_birth="1981-04-05")
        guarded.agreeing(masks=(Mask(field="phones", treatment=Treatment.WITHHELD),))
        orders.append([record.id for record in guarded.ask(query).records])
    guarded.agreeing()
    assert orders[0] == orders[1]


def test_names_that_an_agreement_withholds_cannot_be_asked_of_every_force(guarded: GuardedNode) -> None:
    guarded.agreeing(masks=(Mask(field="given_name", treatment=Treatment.WITHHELD),))
    asked: dict[str, Any] = {
        "tokens": [],
        "criteria": {"kind": "person", "given_name": "Rhys"},
        "purpose": "protect-life-and-property",
    }
    hidden = guarded.ask(Person(given_name="Rhys"), **asked)
    guarded.agreeing()
    shown = guarded.ask(Person(given_name="Rhys"), **asked)
    assert (hidden.status, shown.status) == ("nothing", "answered")


def test_ones_own_force_still_finds_its_victims_by_their_homes(guarded: GuardedNode) -> None:
    (found,) = guarded.found(Person(date_of_birth="1981-04-05", home=Address(postcode="CF10 1EQ")), "south-wales")
    assert "birth-postcode" in found.matched


def test_what_a_row_shares_with_its_siblings_stays_inside_the_force(guarded: GuardedNode) -> None:
    """The identities of a victim's home and telephone follow from the row's reference, and can be asked for by them."""
    place = _place_of(guarded, "CF10 1EQ")
    for shown in (guarded.show(guarded.found(MAIR)[0].id), guarded.show(place)):
        assert shown.status_code == 200
        assert "V1" not in shown.text
        assert {"file", "line"}.isdisjoint(shown.json()["provenance"])
    assert guarded.show(place, "south-wales").json()["source_reference"] == "V1/place"


def test_a_victims_home_is_masked_where_the_place_itself_is_what_was_found(guarded: GuardedNode) -> None:
    """The place has no part in an event: that a victim lives there is told by the link alone."""
    shown = guarded.show(_place_of(guarded, "CF10 1EQ")).json()
    assert shown["body"]["address"] == {"town": "Cardiff", "postcode": "CF10"}
    assert shown["masks"] == [{"field": "address", "treatment": "area-only"}]
    assert guarded.show(_place_of(guarded, "CF10 1EP")).json()["masks"] == [], "a suspect's home is shown"


def test_a_victims_home_is_masked_though_a_suspect_lives_there_too(guarded: GuardedNode) -> None:
    home, rhys = _place_of(guarded, "CF10 1EQ"), guarded.found(RHYS)[0].id
    stated = {"rhys": rhys, "home": home}
    with guarded.engine.begin() as connection:
        connection.execute(text("INSERT INTO link VALUES (:rhys, :rhys, :home, 'lives-at', '')"), stated)
    try:
        assert guarded.show(home).json()["masks"]
    finally:
        with guarded.engine.begin() as connection:
            connection.execute(
                text("DELETE FROM link WHERE source = :rhys AND target = :home"), {"rhys": rhys, "home": home}
            )


def test_a_victims_home_is_masked_where_an_event_leads_to_it(guarded: GuardedNode) -> None:
    home, (event,) = _place_of(guarded, "CF10 1EQ"), guarded.ids(Kind.EVENT)
    stated = {"event": event, "home": home}
    with guarded.engine.begin() as connection:
        connection.execute(text("INSERT INTO link VALUES (:event, :event, :home, 'occurred-at', '')"), stated)
    try:
        links = guarded.show(event).json()["links"]
    finally:
        with guarded.engine.begin() as connection:
            connection.execute(text("DELETE FROM link WHERE source = :event AND target = :home"), stated)
    (place,) = [link for link in links if link["id"] == home]
    assert place["body"]["address"] == {"town": "Cardiff", "postcode": "CF10"}


def test_a_victims_home_cannot_be_met_by_the_address_that_is_masked(guarded: GuardedNode) -> None:
    rows = [
        TokenRow(bytes([number]) * 32, _place_of(guarded, code), "place-postcode", "location", "visible")
        for number, code in enumerate(("CF10 1EP", "CF10 1EQ"), start=1)
    ]
    with guarded.engine.begin() as connection:
        replace_tokens(connection, [row.record_id for row in rows], rows)
    asked: list[Any] = [
        guarded.ask(Person(), kind="location", tokens=[encode_token(bytes([number]) * 32)]) for number in (1, 2, 3)
    ]
    assert [answer.status for answer in asked] == ["answered", "nothing", "nothing"]
    assert asked[1] == asked[2]


def test_a_refusal_does_not_confirm_that_a_place_is_a_victims_home(guarded: GuardedNode) -> None:
    home, nowhere = _place_of(guarded, "CF10 1EQ"), "south-wales.l.aaaaaaaaaaaaaaaa"
    guarded.agreeing(excluded_subjects=(SubjectCategory.VICTIM,))
    hidden, absent = guarded.show(home), guarded.show(nowhere)
    guarded.agreeing()
    assert (hidden.status_code, hidden.json()["type"]) == (404, "urn:ndsc:problem:unknown-record")
    assert hidden.json()["detail"].replace(home, nowhere) == absent.json()["detail"]


@pytest.mark.usefixtures("immune_event")
def test_a_part_in_an_event_that_may_not_be_known_of_is_not_told(guarded: GuardedNode) -> None:
    (found,) = guarded.found(RHYS)
    assert [link for link in found.links if link.kind is Kind.EVENT] == []
    assert found.subject_categories == ()


def test_a_part_in_an_event_that_is_shown_is_told(guarded: GuardedNode) -> None:
    assert guarded.found(RHYS)[0].subject_categories == ("suspect",)


def test_a_justification_reads_in_the_log_as_it_was_written(guarded: GuardedNode) -> None:
    guarded.ask(RHYS, justification="Named by \u202ea witness\u200b to it\x1b[2J")
    entry = next(stored.entry for stored in guarded.audit.entries(newest=True))
    assert entry.justification == "Named by  a witness  to it [2J"


def test_a_justification_of_nothing_that_can_be_read_is_none(guarded: GuardedNode) -> None:
    assert guarded.ask(RHYS, justification="\u200b" * 20).status == "denied"


def test_a_refusal_does_not_confirm_that_somebody_is_known_as_a_victim(guarded: GuardedNode) -> None:
    nobody = Person(given_name="Nobody", surname="Here", date_of_birth="1930-01-01")
    asked = Person(given_name="Mair", date_of_birth="1981-04-05")
    guarded.agreeing(excluded_subjects=(SubjectCategory.VICTIM,))
    hidden, absent = guarded.ask(asked), guarded.ask(nobody)
    guarded.agreeing()
    assert hidden == absent


def _place_of(guarded: GuardedNode, postcode: str) -> str:
    with guarded.engine.connect() as connection:
        found = text("SELECT id FROM record WHERE kind = 'location' AND body -> 'address' ->> 'postcode' = :postcode")
        return str(connection.execute(found, {"postcode": postcode}).scalar_one())
