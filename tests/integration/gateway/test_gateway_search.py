"""One search over a real network: what agreements open, what may not be told, and one request id through all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.network import GROUNDS, OFFICER, agreement, named, search
from tests.owning import no_log

from ndsc.audit.entries import Entry, Operation
from ndsc.embedded.network import Network
from ndsc.gateway.schemas import ForceStatus, SearchAnswer
from ndsc.model.pole import AnyBody, Event, Location, Object, Person
from ndsc.node.schemas import FoundRecord
from ndsc.resources.agreement import AgreementState, DataSharingAgreement
from ndsc.resources.datanode import DataNode
from ndsc.synth.story import COVERT, NOBODY, REFUSED, SIAN, SIANS_PHONE
from ndsc.web.client import RemoteProblemError

NOMINALS = "national-nominals"
LOOK_FOR_SIAN = named(SIAN.records[0][1].person)
TODAY = datetime.now(UTC).date()
DAY_BEFORE, DAY_AFTER = TODAY - timedelta(days=2), TODAY + timedelta(days=2)
CLEARED = replace(OFFICER, clearance=3)


def statuses(answer: SearchAnswer) -> dict[str, str]:
    return {line.force: line.status.value for line in answer.forces}


def records(answer: SearchAnswer) -> list[FoundRecord]:
    return [member.record for group in answer.groups for member in group.members]


def record_of(network: Network, force: str, surname: str) -> str:
    with network.node(force).engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT id FROM record WHERE body ->> 'surname' = %s", (surname,))
        return str(found.scalar_one())


def newest(network: Network, log: str) -> Entry:
    return next(iter(network.audit_logs()[log].entries(newest=True))).entry


def test_holders_alone_are_asked_and_their_records_are_one_person(network: Network) -> None:
    answer = search(network, LOOK_FOR_SIAN)
    assert statuses(answer) == {"city-of-london": "answered", "south-wales": "answered"}
    assert set(answer.groups[0].forces) == {"city-of-london", "south-wales"}
    assert [conflict.attribute for conflict in answer.groups[0].conflicts if "birth" in conflict.attribute]


@contextmanager
def asleep(network: Network, force: str) -> Iterator[None]:
    """The network while a force's node is hibernated."""

    def hibernate(wanted: bool) -> None:
        node = network.resources.get(DataNode, force)
        unread = node.metadata.model_copy(update={"resource_version": None})
        spec = node.spec.model_copy(update={"hibernated": wanted})
        network.apply([node.model_copy(update={"metadata": unread, "spec": spec})])

    hibernate(True)
    try:
        yield
    finally:
        hibernate(False)


def test_a_force_whose_node_sleeps_is_not_asked_and_that_is_said(network: Network) -> None:
    shown = record_of(network, "city-of-london", "Llewelyn Price")
    with asleep(network, "city-of-london"):
        answer = search(network, LOOK_FOR_SIAN)
        assert statuses(answer) == {"city-of-london": "hibernated", "south-wales": "answered"}
        assert not answer.complete
        with pytest.raises(RemoteProblemError, match="hibernated") as refused:
            network.gateway(OFFICER).show(shown, GROUNDS)
        assert (refused.value.status, refused.value.code) == (503, "node-hibernated")
        assert newest(network, "gateway").detail["forces"] == "south-wales"
    assert statuses(search(network, LOOK_FOR_SIAN))["city-of-london"] == "answered"


def test_a_force_that_is_down_is_a_line_and_the_others_still_answer(network: Network) -> None:
    with network.down("city-of-london"):
        answer = search(network, LOOK_FOR_SIAN)
    assert statuses(answer) == {"city-of-london": "unreachable", "south-wales": "answered"}
    assert not answer.complete
    assert statuses(search(network, LOOK_FOR_SIAN))["city-of-london"] == "answered"


def test_a_refusal_says_why_and_names_no_record(network: Network) -> None:
    answer = search(network, named(REFUSED.records[0][1].person), CLEARED)
    (line,) = answer.forces
    assert (line.force, line.status, line.records) == ("merseyside", ForceStatus.DENIED, 0)
    (refusal,) = line.refusals
    assert refusal.rule
    assert refusal.sentence.endswith(".")
    assert not answer.groups


def test_a_witnesss_telephone_is_withheld_and_the_link_that_would_tell_it_is_dropped(network: Network) -> None:
    answer = search(network, LOOK_FOR_SIAN)
    (witness,) = [record for record in records(answer) if record.force == "city-of-london"]
    assert "phones" in {mask.field for mask in witness.masks}
    assert SIANS_PHONE not in witness.model_dump_json()
    assert not [link for link in witness.links if link.role == "uses"]
    assert [link for link in witness.links if link.role == "involved-in"]


# What may not be told


def told(answer: SearchAnswer) -> str:
    """An answer without its times, byte by byte."""
    content = answer.model_dump(mode="json", exclude={"request_id", "asked_at", "took_ms"})
    for line in content["forces"]:
        del line["took_ms"]
    return json.dumps(content, sort_keys=True)


@pytest.mark.parametrize("officer", [OFFICER, CLEARED], ids=["bpss", "sc"])
def test_what_may_not_be_told_of_is_answered_like_nothing_held(network: Network, officer: Any) -> None:
    covert = search(network, named(COVERT.records[0][1].person), officer)
    assert told(covert) == told(search(network, NOBODY, officer))


def test_nor_is_it_told_by_the_gateways_log_but_its_holder_knows(network: Network) -> None:
    search(network, named(COVERT.records[0][1].person), CLEARED)
    at_gateway, at_holder = newest(network, "gateway"), newest(network, "node/durham")
    assert at_holder.request_id == at_gateway.request_id
    search(network, NOBODY, CLEARED)
    varying = {"at", "request_id"}
    assert at_gateway.model_dump(exclude=varying) == newest(network, "gateway").model_dump(exclude=varying)


@pytest.mark.parametrize("ask", ["show", "why"])
def test_one_record_that_may_not_be_told_of_is_answered_like_one_that_is_not_there(network: Network, ask: str) -> None:
    covert = record_of(network, "durham", COVERT.records[0][1].person.surname or "")
    missing = f"durham.p.{'a' * 16}"
    grounds = {"purpose": "prevent-crime", "justification": "Named in a call"}
    said = []
    for identity in (covert, missing):
        with pytest.raises(RemoteProblemError) as refused:
            getattr(network.gateway(CLEARED), ask)(identity, grounds)
        problem = refused.value
        words = problem.message.replace(identity, "ID")
        said.append((problem.status, problem.code, problem.title, problem.hint, words))
    assert said[0] == said[1]
    assert said[0][0] == 404


# A query without a key

FORENAME = Person(given_name="Sian")
PROTECTING = "protect-life-and-property"
NOTHING = "Nothing in this query for"


def test_a_forename_alone_is_answered_with_why_nobody_was_asked(network: Network) -> None:
    answer = search(network, Person(given_name="Sian"))
    assert (answer.keys, answer.forces, answer.groups) == ((), (), ())
    assert "Add a date of birth, " in answer.note
    assert answer.note.endswith("No force was asked.")


def test_every_force_is_asked_where_policy_allows_it(network: Network) -> None:
    protecting = {"purpose": "protect-life-and-property", "justification": "Missing, and at risk of harm"}
    cleared = replace(OFFICER, clearance=2)
    forename = Person(given_name="Sian")
    offered = search(network, forename, cleared, **protecting)
    assert not offered.forces
    assert "Policy lets you ask every force" in offered.note
    assert "exactly this name" in offered.note
    answer = search(network, forename, cleared, ask_every_force=True, **protecting)
    assert set(statuses(answer)) == set(network.forces())
    assert statuses(answer)["city-of-london"] == "answered"
    assert "Every force was asked" in answer.note


def test_a_year_of_birth_narrows_what_every_force_is_asked(network: Network) -> None:
    protecting = {"purpose": "protect-life-and-property", "justification": "Missing, and at risk of harm"}
    cleared = replace(OFFICER, clearance=2)
    born = {}
    for year in ("1987", "1907"):
        query = Person(given_name="Sian", surname="Llewelyn Price", date_of_birth=year)
        assert "a month of birth" in search(network, query, cleared, **protecting).note
        answer = search(network, query, cleared, ask_every_force=True, **protecting)
        assert answer.keys == ()
        assert "sounds like it, with this year of birth" in answer.note
        born[year] = {
            str(record.body.date_of_birth)[:4] for record in records(answer) if isinstance(record.body, Person)
        }
    assert born == {"1987": {"1987"}, "1907": set()}


@pytest.mark.parametrize(
    ("query", "purpose", "clearance", "why"),
    [
        (FORENAME, PROTECTING, 1, "asking all forces needs at least CTC clearance"),
        (FORENAME, "prevent-crime", 2, "all forces are asked only to protect life and property"),
        (
            FORENAME,
            "prevent-crime",
            1,
            "all forces are asked only to protect life and property, and asking all forces needs",
        ),
        (Object(category="vehicle", colour="Red"), PROTECTING, 2, "only a person's name can be asked of every force"),
    ],
)
def test_nobody_is_asked_where_policy_does_not_allow_it(
    query: AnyBody, purpose: str, clearance: int, why: str, network: Network
) -> None:
    officer = replace(OFFICER, clearance=clearance)
    answer = search(network, query, officer, ask_every_force=True, purpose=purpose)
    assert answer.forces == ()
    assert f" No force was asked: {why}" in answer.note


@pytest.mark.parametrize(
    ("query", "start"),
    [
        (
            Object(category="vehicle", colour="Red"),
            f"{NOTHING} a vehicle can be looked up in the index. Add a registration mark or a vehicle iden",
        ),
        (
            Object(category="phone", make="Nokia"),
            f"{NOTHING} a telephone can be looked up in the index. Add a handset identity or a telephone number.",
        ),
        (
            Event(category="crime", title="Burglary"),
            f"{NOTHING} an event can be looked up in the index. Add a crime reference or the reference of an intel",
        ),
        (
            Location(name="Market Street"),
            f"{NOTHING} a place can be looked up in the index. Add an area, a town, a postcode, ",
        ),
    ],
)
def test_the_note_of_a_query_without_a_key_speaks_of_what_was_asked(
    query: AnyBody, start: str, network: Network
) -> None:
    note = search(network, query).note
    assert note.startswith(start)
    assert "birth" not in note


# Agreements


def test_agreements_are_signed_by_every_party_when_they_are_applied(network: Network) -> None:
    found = network.resources.get(DataSharingAgreement, NOMINALS)
    assert found.status.state is AgreementState.FINALIZED
    assert {signature.force for signature in found.status.signatures} == set(found.spec.forces)
    folder = network.home / "keys" / "signing"
    assert folder.stat().st_mode & 0o077 == 0
    assert [file for file in folder.iterdir() if file.stat().st_mode & 0o077] == []


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"suspended_by": ("city-of-london",)}, AgreementState.SUSPENDED),
        ({"review_on": DAY_BEFORE, "ends_on": DAY_BEFORE}, AgreementState.EXPIRED),
        ({"starts_on": DAY_AFTER, "review_on": DAY_AFTER}, AgreementState.VERIFIED),
    ],
    ids=["suspended", "expired", "not begun"],
)
def test_an_agreement_that_is_not_in_force_opens_nothing(
    network: Network, changes: dict[str, Any], state: AgreementState
) -> None:
    with agreement(network, NOMINALS, **changes) as changed:
        assert changed.status.state is state
        answer = search(network, LOOK_FOR_SIAN)
    assert {record.force for record in records(answer)} == {"south-wales"}
    assert statuses(answer).get("city-of-london") != "answered"
    assert statuses(search(network, LOOK_FOR_SIAN))["city-of-london"] == "answered"


# A node trusts no gateway


def test_another_purpose_than_the_agreements_opens_nothing_whoever_says_it(network: Network) -> None:
    answer = search(network, LOOK_FOR_SIAN, purpose="preserve-order")
    assert {record.force for record in records(answer)} == {"south-wales"}
    assert newest(network, "node/city-of-london").purpose == "preserve-order"


def test_a_purpose_outside_the_list_asks_nobody(network: Network) -> None:
    with pytest.raises(RemoteProblemError) as refused:
        search(network, LOOK_FOR_SIAN, purpose="idle-curiosity")
    assert (refused.value.status, refused.value.code) == (403, "search-refused")


# Before the answer


def test_a_search_is_written_down_by_each_part_under_one_request_id(network: Network) -> None:
    answer = search(network, LOOK_FOR_SIAN)
    logs = network.audit_logs()
    written = {
        name: [stored.entry for stored in log.entries(newest=True) if stored.entry.request_id == answer.request_id]
        for name, log in logs.items()
    }
    assert {name for name, entries in written.items() if entries} == {
        "evaluator",
        "registry",
        "gateway",
        "node/city-of-london",
        "node/south-wales",
    }
    assert [entry.operation for entry in written["gateway"]] == [Operation.COMBINATION]
    (disclosed,) = written["node/city-of-london"]
    assert (disclosed.operation, disclosed.recipients) == (Operation.DISCLOSURE, ("pc4417@south-wales",))
    assert disclosed.justification == "Named by a witness to a burglary"
    (consulted,) = written["node/south-wales"]
    assert consulted.operation is Operation.CONSULTATION


def test_the_gateway_gives_nothing_that_it_cannot_write_down(network: Network) -> None:
    engine = network.audit_logs()["gateway"]._engine
    with no_log(engine), pytest.raises(RemoteProblemError) as failed:
        search(network, LOOK_FOR_SIAN)
    assert failed.value.status == 503
