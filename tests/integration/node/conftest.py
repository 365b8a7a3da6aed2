"""A node's database, migrated, and small exports to load into it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.national import National

from ndsc.audit.log import AuditLog
from ndsc.connectors.catalogue import parse
from ndsc.connectors.connector import Connector
from ndsc.embedded.databases import Databases
from ndsc.node.loading import Loader

_serial = itertools.count()


@pytest.fixture
def make_node(databases: Databases) -> Iterator[Callable[[], Engine]]:
    """Makes engines on fresh node databases: copies of one, because migrating once is enough."""
    made: list[str] = []
    template = f"test_{os.getpid()}_node"

    def make() -> Engine:
        made.append(f"{template}_{next(_serial)}")
        databases.copy("node", template, made[-1])
        return databases.engine("node", made[-1])

    yield make
    for name in made:
        databases.drop("node", name)


@pytest.fixture
def node_engine(make_node: Callable[[], Engine]) -> Engine:
    """An engine on a fresh node database."""
    return make_node()


@pytest.fixture(scope="module")
def national(service_engine: Callable[[str], Engine]) -> Iterator[National]:
    made = National(service_engine)
    yield made
    made.close()


CONNECTOR = """
connector: register
version: 1
title: A register of people met at events
format: {type: csv}
source_system: register
reference: {columns: [ref]}
envelope:
  recorded_at: {column: day, transforms: [{datetime: iso}], required: true}
  review_years: 10
records:
  - name: person
    kind: person
    fields:
      given_name: given
      surname: {column: surname, required: true}
      date_of_birth: {column: born, transforms: [{date: yyyy-mm-dd}]}
  - name: event
    kind: event
    when_all: [event]
    reference: [event]
    fields:
      title: event
      category: {const: crime}
links:
  - {source: person, target: event, role: involved-in, subject_category: {column: part, otherwise: other}}
"""
HEADER = "ref,day,given,surname,born,event,part"


@pytest.fixture(scope="session")
def connector() -> Connector:
    """People and the events they were met at; one event may be named by many rows."""
    return parse(CONNECTOR)


@pytest.fixture(scope="session")
def connector_text() -> str:
    """The same connector as a file has it."""
    return CONNECTOR


@pytest.fixture
def loader(node_engine: Engine) -> Loader:
    """A loader with batches so small that the shortest export has several."""
    return Loader(node_engine, "south-wales", AuditLog(node_engine, "test/node"), batch_rows=7)


Export = Callable[..., Path]


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """Writes an export of the given rows."""

    def write(*rows: str, name: str = "export.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
        return path

    return write
