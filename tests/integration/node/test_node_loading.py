"""What becomes of an export's rows, and of what was said before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ndsc.audit.entries import Operation
from ndsc.audit.log import AuditLog
from ndsc.connectors.connector import Connector
from ndsc.connectors.errors import UnreadableFileError
from ndsc.node.ledger import LoadReport
from ndsc.node.loading import Loader

Export = Callable[..., Path]

PEOPLE = [f"R{n},2025-01-0{n % 9 + 1},Ann,Archer{n},198{n % 10}-0{n % 9 + 1}-11,E{n % 4},witness" for n in range(20)]


def counts(report: LoadReport) -> tuple[int, int, int, int, int]:
    return (report.read, report.loaded, report.changed, report.unchanged, report.quarantined)


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_the_same_file_twice_changes_nothing(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export
) -> None:
    file = export(*PEOPLE, "R90,not a day,Bad,Row,,,")
    assert counts(loader.load(file, connector)) == (21, 20, 0, 0, 1)
    content = "SELECT id, content_hash, body, provenance FROM record ORDER BY id"
    before, queued = rows(node_engine, content), rows(node_engine, "SELECT * FROM outbox")
    assert counts(loader.load(file, connector)) == (21, 0, 0, 20, 1)
    assert rows(node_engine, content) == before
    assert rows(node_engine, "SELECT * FROM outbox") == queued
    assert rows(node_engine, "SELECT count(*) FROM quarantine") == [(1,)]


def test_a_row_that_says_something_else_is_changed_and_the_others_are_not(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export
) -> None:
    loader.load(export(*PEOPLE), connector)
    later = [*PEOPLE[:5], "R5,2025-02-01,Ann,Married,1985-06-11,E1,witness", *PEOPLE[6:]]
    assert counts(loader.load(export(*later), connector)) == (20, 0, 1, 19, 0)
    assert rows(node_engine, "SELECT count(*) FROM record WHERE body ->> 'surname' = 'Married'") == [(1,)]


def test_an_older_export_does_not_take_back_what_a_newer_one_said(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export
) -> None:
    loader.load(export("R1,2025-02-01,Ann,New,1985-06-11,,"), connector)
    assert counts(loader.load(export("R1,2025-01-01,Ann,Old,1985-06-11,,"), connector)) == (1, 0, 0, 1, 0)
    assert rows(node_engine, "SELECT body ->> 'surname' FROM record") == [("New",)]


def test_a_persons_categories_follow_the_links_that_rows_state(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export
) -> None:
    flags = "SELECT kind, suspect, witness FROM record ORDER BY kind"
    loader.load(export("R1,2025-01-01,Ann,Archer,,E1,suspect"), connector)
    assert rows(node_engine, flags) == [("event", True, False), ("person", True, False)]
    assert counts(loader.load(export("R1,2025-01-01,Ann,Archer,,E1,witness"), connector)) == (1, 0, 1, 0, 0)
    assert rows(node_engine, flags) == [("event", False, True), ("person", False, True)]
    assert rows(node_engine, "SELECT subject_category FROM link") == [("witness",)]


def test_an_event_keeps_the_categories_of_people_whom_other_rows_name(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export
) -> None:
    loader.load(export("R1,2025-01-01,Ann,Archer,,E1,suspect"), connector)
    loader.load(export("R2,2025-01-01,Ben,Baker,,E1,victim", name="more.csv"), connector)
    assert rows(node_engine, "SELECT suspect, victim FROM record WHERE kind = 'event'") == [(True, True)]


def test_rows_with_one_reference_are_records_of_their_own(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export
) -> None:
    twins = ["R1,2025-01-01,Ann,Archer,,,"] * 20
    assert counts(loader.load(export(*twins), connector)) == (20, 20, 0, 0, 0)
    assert counts(loader.load(export(*twins), connector)) == (20, 0, 0, 20, 0)
    assert rows(node_engine, "SELECT count(*) FROM record WHERE kind = 'person'") == [(20,)]


def test_what_the_first_row_says_of_a_shared_thing_stands_however_the_batches_fall(
    node_engine: Engine, connector: Connector, export: Export
) -> None:
    file = export(*(f"R{n},2025-01-{n + 1:02},Ann,Archer,,E1,witness" for n in range(20)))
    audit = AuditLog(node_engine, "test/node")
    for size in (3, 20, 7):
        Loader(node_engine, "south-wales", audit, batch_rows=size).load(file, connector)
        assert rows(node_engine, "SELECT recorded_at::date::text FROM record WHERE kind = 'event'") == [("2025-01-01",)]


def test_collection_and_alteration_are_in_the_audit_log(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export
) -> None:
    loader.load(export("R1,2025-01-01,Ann,Archer,,,"), connector)
    loader.load(export("R1,2025-01-02,Ann,Baker,,,"), connector)
    entries = [stored.entry for stored in AuditLog(node_engine, "test/node").entries()]
    assert [entry.operation for entry in entries] == [Operation.COLLECTION, Operation.ALTERATION]
    assert entries[0].subject.records == entries[1].subject.records
    assert all("Archer" not in entry.canonical() for entry in entries)


def test_a_file_of_another_sort_is_refused_and_leaves_no_load_behind(
    node_engine: Engine, loader: Loader, connector: Connector, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("colour,size\nred,9\n")
    with pytest.raises(UnreadableFileError):
        loader.load(other, connector)
    with pytest.raises(UnreadableFileError):
        loader.load(tmp_path / "absent.csv", connector)
    assert rows(node_engine, "SELECT count(*) FROM load") == [(0,)]
