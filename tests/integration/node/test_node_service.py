"""What a node gives to whom: its own judgement, masked, written down first, and nothing told that may not be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import Engine, text
from tests.asking import Asking, headers, officer, token_for
from tests.owning import no_log

from ndsc.audit.entries import Entry, Operation
from ndsc.audit.log import AuditLog
from ndsc.audit.story import tell
from ndsc.connectors.catalogue import parse
from ndsc.embedded.serving import Sockets
from ndsc.index.keys import keys_of
from ndsc.model.pole import Kind, Person
from ndsc.model.sharing import Purpose
from ndsc.node.app import create
from ndsc.node.indexing import TokenRow, replace_tokens
from ndsc.node.loading import Loader
from ndsc.node.schemas import FoundRecord, NodeAnswer, encode_token
from ndsc.policy.agreements import AgreementTerms
from ndsc.policy.embedded import RegopyDecider
from ndsc.trust.keys import SigningKey

CONNECTOR = """
connector: nominals
version: 1
title: Nominals with the events they were in
format: {type: csv}
source_system: nominals
reference: {columns: [ref]}
envelope:
  recorded_at: {const: "2025-01-03T00:00:00Z"}
  review_years: 20
  immunity: immunity
records:
  - name: person
    kind: person
    fields:
      given_name: given
      surname: surname
      date_of_birth: {column: born, transforms: [{date: yyyy-mm-dd}]}
      home.street: street
      home.postcode: postcode
  - {name: event, kind: event, when_all: [event], reference: [event], fields: {title: event, category: {const: crime}}}
  - {name: place, kind: location, when_all: [postcode], fields: {address.street: street, address.postcode: postcode}}
links:
  - {source: person, target: event, role: involved-in, subject_category: part}
  - {source: person, target: place, role: lives-at}
"""
ROWS = (
    "ref,given,surname,born,street,postcode,event,part,immunity",
    "S1,Rhys,Pugh,1980-02-03,High Street,CF10 1EP,Burglary at the mill,suspect,false",
    "V1,Mair,Pugh,1981-04-05,Low Street,CF10 1EQ,Burglary at the mill,victim,false",
    "I1,Owain,Pugh,1982-06-07,Far Street,CF10 1ER,Another affair,suspect,true",
)
RHYS = Person(given_name="Rhys", surname="Pugh", date_of_birth="1980-02-03")
MAIR = Person(given_name="Mair", surname="Pugh", date_of_birth="1981-04-05")
OWAIN = Person(given_name="Owain", surname="Pugh", date_of_birth="1982-06-07")
KEY = SigningKey.generate()
TODAY = date(2026, 1, 1)
AGREEMENT = AgreementTerms(
    name="cross-border",
    consumers=("city-of-london",),
    providers=("south-wales",),
    purposes=(Purpose.BRING_OFFENDERS_TO_JUSTICE,),
    categories=("nominal", "crime"),
    starts_on=date.today() - timedelta(days=9),  # noqa: DTZ011  # agreements run by local days
    ends_on=date.today() + timedelta(days=9),  # noqa: DTZ011
)


def token_of(key: bytes) -> bytes:
    """The node takes tokens as they come; these stand for what the evaluator would make."""
    return hashlib.sha256(key).digest()


def of(answer: NodeAnswer, given_name: str) -> FoundRecord:
    (found,) = [one for one in answer.records if isinstance(one.body, Person) and one.body.given_name == given_name]
    return found


class Node:
    """A node with three people in it, and officers who ask."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.audit = AuditLog(engine, "test/node")
        export = folder / "nominals.csv"
        export.write_text("\n".join(ROWS))
        Loader(engine, "south-wales", self.audit).load(export, parse(CONNECTOR))
        self._index()
        app = create(
            engine=engine,
            force="south-wales",
            decider=RegopyDecider([AGREEMENT]),
            trusted=lambda: {KEY.kid: KEY.public},
            audit=self.audit,
        )
        self._sockets = Sockets()
        self._sockets.start("node", app)
        self.client = self._sockets.client("node")

    def close(self) -> None:
        self.client.close()
        self._sockets.close()

    def _index(self) -> None:
        with self.engine.begin() as connection:
            people = connection.execute(text("SELECT id, body FROM record WHERE kind = 'person'")).all()
            rows = [
                TokenRow(token_of(key.canonical), row.id, key.rule, "person", "visible")
                for row in people
                for key in keys_of(Person.model_validate(row.body))
            ]
            replace_tokens(connection, [row.id for row in people], rows)

    def officer(self, force: str) -> Asking:
        return Asking(KEY, officer(force=force, clearance=2), "node:south-wales")

    def ask(self, person: Person, force: str, **changes: Any) -> Response:
        body = {
            "kind": "person",
            "tokens": [encode_token(token_of(key.canonical)) for key in keys_of(person)],
            "purpose": "bring-offenders-to-justice",
            "justification": "Named by a witness to the burglary",
            "reference": "62-2025-001417",
            **changes,
        }
        return self.client.post("/v1/search", json=body, auth=self.officer(force))

    def search(self, person: Person, force: str, **changes: Any) -> NodeAnswer:
        response = self.ask(person, force, **changes)
        assert response.status_code == 200, response.text
        return NodeAnswer.model_validate(response.json())

    def entries(self) -> list[Entry]:
        return [stored.entry for stored in self.audit.entries(newest=True)]


@pytest.fixture(scope="module")
def node(service_engine: Callable[[str], Engine], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    made = Node(service_engine("node"), tmp_path_factory.mktemp("node"))
    yield made
    made.close()


def test_a_record_comes_with_what_it_is_linked_with_and_why(node: Node) -> None:
    answer = node.search(RHYS, "city-of-london")
    assert answer.status == "answered"
    found = of(answer, "Rhys")
    assert found.decision.agreement == "cross-border"
    assert "birth-surname" in found.matched
    assert [link.subject_category for link in found.links if link.kind is Kind.EVENT] == ["suspect"]
    assert found.subject_categories == ("suspect",)


def test_a_disclosure_is_in_the_log_before_the_answer_and_names_who_received_what(node: Node) -> None:
    answer = node.search(RHYS, "city-of-london")
    entry = node.entries()[0]
    assert entry.operation is Operation.DISCLOSURE
    assert (entry.actor, entry.actor_force, entry.recipients) == ("pc1", "city-of-london", ("pc1@city-of-london",))
    assert entry.purpose == "bring-offenders-to-justice"
    assert {record.id for record in answer.records} <= set(entry.subject.records)


def test_ones_own_force_consults(node: Node) -> None:
    assert node.search(RHYS, "south-wales").status == "answered"
    assert node.entries()[0].operation is Operation.CONSULTATION


def test_no_entry_no_answer(node: Node) -> None:
    with no_log(node.engine):
        response = node.ask(RHYS, "south-wales")
    assert response.status_code == 503
    assert "Pugh" not in response.text


def test_a_victims_home_is_masked_and_the_link_to_it_is_not_shown(node: Node) -> None:
    answer = node.search(MAIR, "city-of-london")
    found = of(answer, "Mair")
    assert [mask.field for mask in found.masks] == ["home"]
    assert not [link for link in found.links if link.role == "lives-at"]
    assert "Low Street" not in found.model_dump_json()


def test_what_may_not_be_told_looks_like_nothing_held(node: Node) -> None:
    nobody = Person(given_name="Nobody", surname="Here", date_of_birth="1930-01-01")
    hidden, absent = node.search(OWAIN, "city-of-london"), node.search(nobody, "city-of-london")
    assert hidden == absent
    assert hidden.status == "nothing"
    assert node.entries()[1].detail["withheld"] == 1, "the owner sees that it was searched for"


def test_a_refusal_that_may_be_told_says_the_rule_and_the_agreement_looked_for(node: Node) -> None:
    answer = node.search(RHYS, "merseyside")
    assert answer.status == "denied"
    (refusal,) = answer.refusals
    assert refusal.count == answer.refused_count == 1
    assert refusal.agreement_sought is not None
    assert "merseyside" in refusal.agreement_sought


def test_a_search_without_a_purpose_from_the_list_is_denied(node: Node) -> None:
    answer = node.search(RHYS, "south-wales", purpose="curiosity")
    assert answer.status == "denied"
    assert answer.records == ()
    assert answer.refusals[0].count == 0


def test_a_limit_bounds_what_is_given_and_the_answer_says_that_there_is_more(node: Node) -> None:
    with node.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO index_token SELECT :token, id, 'shared', kind, 'visible' FROM record WHERE kind = 'person'"
            ),
            {"token": bytes(32)},
        )
    shared = [encode_token(bytes(32))]
    answer = node.search(RHYS, "south-wales", tokens=shared, limit=1)
    assert (len(answer.records), answer.truncated) == (1, True)
    assert not node.search(RHYS, "south-wales", tokens=shared, limit=3).truncated


def test_show_and_why(node: Node) -> None:
    found = of(node.search(RHYS, "city-of-london"), "Rhys")
    grounds = {"purpose": "bring-offenders-to-justice", "justification": "Named by a witness to the burglary"}
    shown = node.client.get(f"/v1/records/{found.id}", params=grounds, auth=node.officer("city-of-london"))
    assert FoundRecord.model_validate(shown.json()).body == found.body
    why = node.client.get(f"/v1/records/{found.id}/decision", params=grounds, auth=node.officer("merseyside"))
    assert (why.status_code, why.json()["visible"]) == (200, False)
    refused = node.client.get(f"/v1/records/{found.id}", params=grounds, auth=node.officer("merseyside"))
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:ndsc:problem:record-refused")
    said = [tell(entry) for entry in node.entries()[:3]]
    assert f"asked for record {found.id} and was not given it (rule " in said[0]
    assert f"asked for the decision about record {found.id} (rule " in said[1]
    assert f"was given record {found.id}" in said[2]


def test_a_hidden_record_and_one_that_is_not_there_answer_alike(node: Node) -> None:
    with node.engine.connect() as connection:
        hidden = connection.execute(text("SELECT id FROM record WHERE immunity AND kind = 'person'")).scalar_one()
    absent = "south-wales.p.aaaaaaaaaaaaaaaa"
    grounds = {"purpose": "bring-offenders-to-justice", "justification": "Named by a witness to the burglary"}
    for part in ("", "/decision"):
        answers = []
        for identity in (hidden, absent):
            response = node.client.get(
                f"/v1/records/{identity}{part}", params=grounds, auth=node.officer("city-of-london")
            )
            body = {name: value for name, value in response.json().items() if name != "instance"}
            answers.append((response.status_code, json.dumps(body).replace(identity, "ID")))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


def test_only_a_good_token_is_let_in(node: Node) -> None:
    stranger = token_for(SigningKey.generate(), officer(force="south-wales", clearance=4))
    for token in (None, "nonsense", stranger):
        shown = headers(token, "node:south-wales", "POST", "/v1/search") if token else {}
        response = node.client.post("/v1/search", json={"kind": "person", "purpose": "prevent-crime"}, headers=shown)
        assert response.status_code == 401


def test_a_search_by_nothing_is_refused_with_advice(node: Node) -> None:
    response = node.ask(RHYS, "south-wales", tokens=[])
    assert (response.status_code, response.json()["type"]) == (422, "urn:ndsc:problem:nothing-to-search-by")
    assert response.json()["hint"]
