"""Bad rows are kept, corrected and taken in as if they had never been bad."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ndsc.audit.log import AuditLog
from ndsc.connectors.catalogue import parse
from ndsc.connectors.connector import Connector
from ndsc.errors import InvalidInputError
from ndsc.node.loading import Loader
from ndsc.node.quarantine import Quarantine, UnknownBadRowError

Export = Callable[..., Path]

CONNECTOR = """
connector: register
version: 2
title: The register, mended
format: {type: csv}
source_system: register
reference: {columns: [ref]}
envelope: {recorded_at: {const: "2025-01-03T00:00:00Z"}, review_years: 10}
records:
  - {name: person, kind: person, fields: {given_name: given, surname: surname}}
"""
GOOD = [f"R{n},2025-01-01,Ann,Archer,,E1,witness" for n in range(10)]
BAD = "R5,no day at all,Ben,Baker,,E1,witness"
MENDED = "R5,2025-01-03,Ben,Baker,,E1,witness"


@pytest.fixture
def quarantine(node_engine: Engine) -> Quarantine:
    return Quarantine(node_engine, "south-wales", AuditLog(node_engine, "test/node"))


def people(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return [
            tuple(row) for row in connection.execute(text("SELECT id, source_reference, body FROM record ORDER BY id"))
        ]


def test_a_bad_row_is_kept_with_its_place_its_text_and_its_reason(
    loader: Loader, quarantine: Quarantine, connector: Connector, export: Export
) -> None:
    loader.load(export(*GOOD, BAD, "too,few"), connector)
    listed = quarantine.rows()
    assert [(item.line, bool(item.reason), bool(item.detail)) for item in listed] == [
        (12, True, True),
        (13, True, True),
    ]
    assert all(item.raw == "" for item in listed), "a list shows nobody's details"
    shown = quarantine.show(listed[0].id)
    assert shown.raw.strip() == BAD
    assert shown.row_values["day"] == "no day at all"
    assert sum(quarantine.counts().values()) == 2


def test_a_corrected_row_gives_what_a_good_one_would_have_given(
    node_engine: Engine,
    loader: Loader,
    quarantine: Quarantine,
    connector: Connector,
    export: Export,
    database_factory: Callable[[], str],
) -> None:
    loader.load(export(*GOOD, BAD), connector)
    item = quarantine.rows()[0]
    quarantine.fix(item.id, {"day": "2025-01-03"})
    report = quarantine.replay()
    assert (report.read, report.loaded, report.quarantined) == (1, 1, 0)
    assert quarantine.counts() == {}
    mended = people(node_engine)
    assert loader.load(export(*GOOD, MENDED, name="mended.csv"), connector).unchanged == 11
    assert people(node_engine) == mended


def test_each_of_several_identical_bad_rows_is_kept_once_however_often_the_file_comes(
    loader: Loader, quarantine: Quarantine, connector: Connector, export: Export
) -> None:
    file = export(BAD, BAD, BAD)
    for _ in range(2):
        report = loader.load(file, connector)
        assert (report.read, report.quarantined) == (3, 3)
    assert len(quarantine.rows()) == 3


def test_a_correction_that_does_not_help_leaves_the_row_open(
    loader: Loader, quarantine: Quarantine, connector: Connector, export: Export
) -> None:
    loader.load(export(BAD), connector)
    number = quarantine.rows()[0].id
    quarantine.fix(number, {"day": "2025-13-77"})
    report = quarantine.replay()
    assert (report.read, report.loaded, report.quarantined) == (1, 0, 1)
    assert quarantine.rows(state="open")[0].id == number


def test_a_mended_connector_takes_in_rows_without_a_correction(
    loader: Loader, quarantine: Quarantine, connector: Connector, export: Export
) -> None:
    loader.load(export("R1,03/01/2025,Ann,Archer,,,"), connector)
    report = quarantine.replay(connector=parse(CONNECTOR))
    assert (report.read, report.loaded) == (1, 1)


def test_columns_and_rows_that_do_not_exist_are_refused(
    loader: Loader, quarantine: Quarantine, connector: Connector, export: Export
) -> None:
    loader.load(export(BAD), connector)
    with pytest.raises(UnknownBadRowError):
        quarantine.show(4711)
    with pytest.raises(InvalidInputError, match="no column nonsense"):
        quarantine.fix(quarantine.rows()[0].id, {"nonsense": "x"})
    with pytest.raises(InvalidInputError, match="no corrected row"):
        quarantine.replay()
