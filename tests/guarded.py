"""One force's node with somebody to protect in it, and an officer of another force who would like to know more."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from httpx import Response
from sqlalchemy import Engine, text
from tests.asking import Asking, officer

from ndsc.audit.log import AuditLog
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
title: Nominals with their homes, their telephones and the events they were in
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
      home.town: town
      home.postcode: postcode
      phones: {each: phone, transforms: [phone]}
  - {name: event, kind: event, when_all: [event], reference: [event], fields: {title: event, category: {const: crime}}}
  - {name: place, kind: location, when_all: [postcode], fields: {address.town: town, address.postcode: postcode}}
  - name: phone
    kind: object
    when_all: [phone]
    fields:
      category: {const: phone}
      phone_number: {column: phone, transforms: [phone]}
links:
  - {source: person, target: event, role: involved-in, subject_category: part}
  - {source: person, target: place, role: lives-at}
  - {source: person, target: phone, role: uses}
"""
ROWS = (
    "ref,given,surname,born,town,postcode,phone,event,part,immunity",
    "S1,Rhys,Pugh,1980-02-03,Cardiff,CF10 1EP,07700 900101,Burglary at the mill,suspect,false",
    "V1,Mair,Pugh,1981-04-05,Cardiff,CF10 1EQ,07700 900102,Burglary at the mill,victim,false",
    "C1,Ifan,Pugh,2015-04-05,Cardiff,CF10 1ES,07700 900103,Burglary at the mill,suspect,false",
)
KEY = SigningKey.generate()
FOREIGNER = "city-of-london"
GROUNDS = {"purpose": "bring-offenders-to-justice", "justification": "Named by a witness to the burglary"}
AGREEMENT = AgreementTerms(
    name="cross-border",
    consumers=(FOREIGNER,),
    providers=("south-wales",),
    purposes=(Purpose.BRING_OFFENDERS_TO_JUSTICE, Purpose.PROTECT_LIFE_AND_PROPERTY),
    categories=("nominal", "crime", "location", "phone"),
    starts_on=date.today() - timedelta(days=9),  # noqa: DTZ011  # agreements run by local days
    ends_on=date.today() + timedelta(days=9),  # noqa: DTZ011
)


class GuardedNode:
    """A node over HTTP. Its tokens stand for what the evaluator would make."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.audit = AuditLog(engine, "test/node")
        self.decider = RegopyDecider([AGREEMENT])
        export = folder / "nominals.csv"
        export.write_text("\n".join(ROWS))
        report = Loader(engine, "south-wales", self.audit).load(export, parse(CONNECTOR))
        assert report.loaded == len(ROWS) - 1
        self.index()
        app = create(
            engine=engine,
            force="south-wales",
            decider=self.decider,
            trusted=lambda: {KEY.kid: KEY.public},
            audit=self.audit,
        )
        self._sockets = Sockets()
        self._sockets.start("node", app)
        self.client = self._sockets.client("node")

    def close(self) -> None:
        self.client.close()
        self._sockets.close()

    def index(self) -> None:
        """Give every person the keys that the node's indexer would."""
        with self.engine.begin() as connection:
            people = connection.execute(text("SELECT id, body FROM record WHERE kind = 'person'")).all()
            rows = {
                row[:3]: row
                for person in people
                for key in keys_of(Person.model_validate(person.body))
                for row in [TokenRow(_token(key.canonical), person.id, key.rule, "person", "visible")]
            }
            replace_tokens(connection, [person.id for person in people], list(rows.values()))

    def officer(self, force: str, clearance: int = 2, roles: tuple[str, ...] = ("officer",)) -> Asking:
        return Asking(KEY, officer(force=force, roles=roles, clearance=clearance), "node:south-wales")

    def ask(self, person: Person, force: str = FOREIGNER, **changes: Any) -> NodeAnswer:
        tokens = [encode_token(_token(key.canonical)) for key in keys_of(person)]
        body = {"kind": "person", "tokens": tokens, **GROUNDS, **changes}
        response = self.client.post("/v1/search", json=body, auth=self.officer(force))
        assert response.status_code == 200, response.text
        return NodeAnswer.model_validate(response.json())

    def found(self, person: Person, force: str = FOREIGNER, **changes: Any) -> list[FoundRecord]:
        """The records of people of that given name, or of all where the query has none."""
        wanted = person.given_name
        records = self.ask(person, force, **changes).records
        return [one for one in records if isinstance(one.body, Person) and wanted in (None, one.body.given_name)]

    def show(self, identity: str, force: str = FOREIGNER) -> Response:
        return self.client.get(f"/v1/records/{identity}", params=GROUNDS, auth=self.officer(force))

    def ids(self, kind: Kind) -> list[str]:
        with self.engine.connect() as connection:
            found = connection.execute(text("SELECT id FROM record WHERE kind = :kind ORDER BY id"), {"kind": kind})
            return [row.id for row in found]

    def agreeing(self, **changes: Any) -> None:
        """Let the agreement say something else from now on; without ``changes``, what it said at first."""
        self.decider.update([AGREEMENT.model_copy(update=changes)])


def _token(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
