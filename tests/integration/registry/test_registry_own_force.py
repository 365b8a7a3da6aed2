"""The barrier behind the registry's own check: the database lets a transaction write lines of one force alone."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from tests.integration.registry.conftest import Running

from ndsc.registry import store
from ndsc.registry.schemas import Dataset
from ndsc.registry.service import Registry
from ndsc.web.client import RemoteProblemError

TOKENS = [bytes([number]) * 32 for number in range(4)]
HELD = [(token, "person", "visible") for token in TOKENS]


@pytest.fixture
def careless(running: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """A registry that forgot to ask whether a node speaks for its own force."""
    running.node("kent").put("kent", HELD, [])
    running.node("kent").tell_catalogue("kent", DATASETS)
    monkeypatch.setattr(Registry, "_own", lambda *_: None)
    return running


DATASETS = [Dataset(kind="person", category="nominal", records=4)]


def kept(engine: Engine) -> list[tuple[object, ...]]:
    asked = "SELECT force, encode(sealed, 'hex'), kind, visibility FROM entry UNION ALL"
    asked += " SELECT force, kind, category, records::text FROM dataset ORDER BY 1, 2, 3, 4"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(asked))]


def test_without_its_check_no_node_can_remove_another_forces_entries(careless: Running) -> None:
    before = kept(careless.engine)
    assert any("kent" in row for row in before)
    changed = careless.node("gwent").put("kent", [], [(token, "person") for token in TOKENS])
    assert changed.removed == 0
    assert kept(careless.engine) == before


def test_without_its_check_no_node_can_add_or_alter_another_forces_entries(careless: Running) -> None:
    before = kept(careless.engine)
    for token, visibility in ((b"n" * 32, "visible"), (TOKENS[0], "silent")):
        with pytest.raises(RemoteProblemError) as refused:
            careless.node("gwent").put("kent", [(token, "person", visibility)], [])
        assert refused.value.status == 500
    assert kept(careless.engine) == before


def test_without_its_check_no_node_can_rebuild_another_force_as_empty(careless: Running) -> None:
    before = kept(careless.engine)
    digest = careless.node("gwent").rebuild("kent", [])
    assert digest.entries == len(TOKENS)
    assert kept(careless.engine) == before


def test_without_its_check_no_node_can_speak_for_another_force_in_the_catalogue(careless: Running) -> None:
    before = kept(careless.engine)
    with pytest.raises(RemoteProblemError):
        careless.node("gwent").tell_catalogue("kent", DATASETS)
    careless.node("gwent").tell_catalogue("kent", [])
    assert kept(careless.engine) == before


def test_a_transaction_that_names_no_force_writes_nothing(running: Running) -> None:
    with running.engine.connect() as connection:
        with connection.begin():
            store.act_for(connection, "kent")
        with pytest.raises(ProgrammingError) as refused, connection.begin():
            store.add(connection, "kent", [store.Row(b"s" * 32, "person", "visible")])
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_a_service_cannot_lift_the_barrier(running: Running) -> None:
    for statement in ("ALTER TABLE entry DISABLE ROW LEVEL SECURITY", "DROP POLICY own_force_is_written ON entry"):
        with running.engine.connect() as connection, pytest.raises(ProgrammingError) as refused:
            connection.exec_driver_sql(statement)
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
