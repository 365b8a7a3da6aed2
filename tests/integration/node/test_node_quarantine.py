"""Bad rows are kept, corrected and taken in as if they had never been bad."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.owning import owning

from ndsc.audit.entries import Entry, Operation
from ndsc.audit.entries import Subject as EntrySubject
from ndsc.audit.errors import AuditUnavailableError
from ndsc.audit.log import AuditLog
from ndsc.connectors.catalogue import parse
from ndsc.connectors.connector import Connector
from ndsc.errors import InvalidInputError
from ndsc.node.errors import SearchRefusedError
from ndsc.node.loading import Loader
from ndsc.node.quarantine import Quarantine, UnknownBadRowError
from ndsc.node.schemas import Grounds
from ndsc.policy.decider import Subject
from ndsc.policy.embedded import RegopyDecider

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


CLERK = Subject(sub="records", force="south-wales", roles=("officer",), clearance=1)
WHY = Grounds(purpose="prevent-crime", justification="Mending the register's export", reference="R/1")


@pytest.fixture(scope="session")
def decider() -> RegopyDecider:
    return RegopyDecider()


@pytest.fixture
def audit(node_engine: Engine) -> AuditLog:
    return AuditLog(node_engine, "test/node")


@pytest.fixture
def quarantine(node_engine: Engine, decider: RegopyDecider, audit: AuditLog) -> Quarantine:
    return Quarantine(node_engine, "south-wales", audit, decider)


def entries(audit: AuditLog) -> list[Entry]:
    return [stored.entry for stored in audit.entries()]


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
    shown = quarantine.show(CLERK, listed[0].id, WHY)
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
    quarantine.fix(CLERK, item.id, {"day": "2025-01-03"}, WHY)
    report = quarantine.replay(CLERK, WHY)
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
    quarantine.fix(CLERK, number, {"day": "2025-13-77"}, WHY)
    report = quarantine.replay(CLERK, WHY)
    assert (report.read, report.loaded, report.quarantined) == (1, 0, 1)
    assert quarantine.rows(state="open")[0].id == number


def test_a_mended_connector_takes_in_rows_without_a_correction(
    loader: Loader, quarantine: Quarantine, connector: Connector, export: Export
) -> None:
    loader.load(export("R1,03/01/2025,Ann,Archer,,,"), connector)
    report = quarantine.replay(CLERK, WHY, connector=parse(CONNECTOR))
    assert (report.read, report.loaded) == (1, 1)


def test_columns_and_rows_that_do_not_exist_are_refused(
    loader: Loader, quarantine: Quarantine, connector: Connector, export: Export
) -> None:
    loader.load(export(BAD), connector)
    with pytest.raises(UnknownBadRowError):
        quarantine.show(CLERK, 4711, WHY)
    with pytest.raises(InvalidInputError, match="no column nonsense"):
        quarantine.fix(CLERK, quarantine.rows()[0].id, {"nonsense": "x"}, WHY)
    with pytest.raises(InvalidInputError, match="no corrected row"):
        quarantine.replay(CLERK, WHY)


def test_a_row_set_aside_stands_in_the_loads_collection_entry_by_its_number_alone(
    loader: Loader, quarantine: Quarantine, audit: AuditLog, connector: Connector, export: Export
) -> None:
    file = export(BAD)
    loader.load(file, connector)
    (row,) = quarantine.rows()
    (entry,) = entries(audit)
    assert (entry.operation, entry.subject.records) == (Operation.COLLECTION, (f"south-wales.quarantine.{row.id}",))
    assert entry.detail["rows"] == 1
    assert not any(word in entry.canonical() for word in ("Ben", "Baker", "no day at all"))
    loader.load(file, connector)
    assert len(entries(audit)) == 1, "what is kept already is not collected again"


def test_rows_too_many_to_name_are_counted_and_their_digest_stands(
    node_engine: Engine, quarantine: Quarantine, audit: AuditLog, connector: Connector, export: Export
) -> None:
    rows = [f"R{number},no day at all,Ben,Baker,,E1,witness" for number in range(300)]
    Loader(node_engine, "south-wales", audit).load(export(*rows), connector)
    (entry,) = entries(audit)
    assert (entry.subject.count, entry.subject.records, entry.detail["rows"]) == (300, (), 300)
    named = [f"south-wales.quarantine.{row.id}" for row in quarantine.rows(limit=1000)]
    assert entry.subject == EntrySubject.of(named)


def test_each_touch_of_a_row_is_logged_with_who_and_why(
    loader: Loader, quarantine: Quarantine, audit: AuditLog, connector: Connector, export: Export
) -> None:
    loader.load(export(BAD), connector)
    number = quarantine.rows()[0].id
    name = f"south-wales.quarantine.{number}"
    before = len(entries(audit))
    quarantine.show(CLERK, number, WHY)
    quarantine.fix(CLERK, number, {"day": "2025-01-03"}, WHY)
    quarantine.replay(CLERK, WHY)
    quarantine.discard(CLERK, [number], WHY)
    made = entries(audit)[before:]
    assert [entry.operation for entry in made] == [
        Operation.CONSULTATION,
        Operation.ALTERATION,
        Operation.COLLECTION,
        Operation.ALTERATION,
        Operation.ERASURE,
    ]
    assert [name in entry.subject.records for entry in made] == [True, True, False, True, True]
    for entry in made:
        assert (entry.actor, entry.actor_force) == ("records", "south-wales")
        assert (entry.purpose, entry.justification, entry.reference) == (WHY.purpose, WHY.justification, "R/1")
        assert "2025-01-03" not in entry.canonical().replace(entry.at.date().isoformat(), "")


@pytest.mark.parametrize("touch", ["show", "fix", "replay", "discard"])
def test_no_entry_no_answer_and_no_change(
    touch: str,
    node_engine: Engine,
    loader: Loader,
    quarantine: Quarantine,
    connector: Connector,
    export: Export,
) -> None:
    loader.load(export(BAD), connector)
    number = quarantine.rows()[0].id
    touches: dict[str, Callable[[], object]] = {
        "show": lambda: quarantine.show(CLERK, number, WHY),
        "fix": lambda: quarantine.fix(CLERK, number, {"day": "2025-01-03"}, WHY),
        "replay": lambda: quarantine.replay(CLERK, WHY, [number]),
        "discard": lambda: quarantine.discard(CLERK, [number], WHY),
    }
    before = kept(node_engine)
    with owning(node_engine) as connection:
        connection.execute(text("ALTER TABLE audit_entry ADD CONSTRAINT full_disk CHECK (false) NOT VALID"))
    with pytest.raises(AuditUnavailableError):
        touches[touch]()
    assert kept(node_engine) == before


def kept(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT * FROM quarantine ORDER BY id"))]


@pytest.mark.parametrize(
    ("who", "why", "rule"),
    [
        ({}, {"justification": ""}, "search/justification"),
        ({}, {"purpose": "curiosity"}, "search/purpose"),
        ({"roles": ("administrator",)}, {}, "search/role"),
        ({"force": "gwent"}, {}, "another force"),
    ],
)
def test_who_may_not_search_touches_no_row_and_the_attempt_is_logged(
    who: dict[str, Any],
    why: dict[str, str],
    rule: str,
    loader: Loader,
    quarantine: Quarantine,
    audit: AuditLog,
    connector: Connector,
    export: Export,
) -> None:
    loader.load(export(BAD), connector)
    number = quarantine.rows()[0].id
    clerk, grounds = CLERK.model_copy(update=who), WHY.model_copy(update=why)
    touches: list[Callable[[], object]] = [
        lambda: quarantine.show(clerk, number, grounds),
        lambda: quarantine.fix(clerk, number, {"day": "2025-01-03"}, grounds),
        lambda: quarantine.replay(clerk, grounds, [number]),
        lambda: quarantine.discard(clerk, [number], grounds),
    ]
    for touch in touches:
        with pytest.raises(SearchRefusedError) as refused:
            touch()
        assert rule in f"{refused.value} {refused.value.hint}"
        assert (entries(audit)[-1].subject.count, entries(audit)[-1].actor) == (0, "records")
    assert quarantine.counts() == {"bad-time": 1}


def test_a_discarded_row_says_nothing_more_and_does_not_come_back(
    node_engine: Engine,
    loader: Loader,
    quarantine: Quarantine,
    connector: Connector,
    export: Export,
) -> None:
    file = export(BAD)
    loader.load(file, connector)
    number = quarantine.rows()[0].id
    quarantine.fix(CLERK, number, {"surname": "Butcher"}, WHY)
    with pytest.raises(UnknownBadRowError):
        quarantine.discard(CLERK, [number, 4711], WHY)
    assert quarantine.discard(CLERK, [number], WHY) == 1
    assert not any(word in repr(kept(node_engine)) for word in ("Ben", "Baker", "Butcher", "no day"))
    loader.load(file, connector)
    assert (quarantine.rows(), quarantine.counts()) == ([], {})
    with pytest.raises(InvalidInputError, match="no corrected row"):
        quarantine.replay(CLERK, WHY, [number])
    with pytest.raises(InvalidInputError, match="discarded"):
        quarantine.fix(CLERK, number, {"day": "2025-01-03"}, WHY)
