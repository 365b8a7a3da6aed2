"""Whatever records say, their lines come back from PostgreSQL as they went in; and the same said twice is the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from ndsc.connectors.bodies import Built
from ndsc.connectors.bodies_alike import said_by
from ndsc.connectors.mapping import Mapped
from ndsc.connectors.values import ValueProblem
from ndsc.model.facts import PolicyFacts, facts_of
from ndsc.model.handling import Grading, ProtectiveMarking
from ndsc.model.pole import Event, Person
from ndsc.model.record import Provenance, Record
from ndsc.node.merging import merge
from ndsc.node.staging import Batch, Writer

words = st.text(min_size=1, max_size=30).filter(lambda value: value.strip() != "")
people = st.builds(Person, given_name=words, surname=st.none() | words, aliases=st.lists(words, max_size=2).map(tuple))
events = st.builds(Event, title=words, summary=st.none() | words)
moments = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds


@st.composite
def records(draw: st.DrawFn) -> Record:
    moment = draw(moments)
    return Record(
        force="south-wales",
        source_system="made",
        source_reference=draw(words),
        recorded_at=moment,
        updated_at=moment,
        provenance=Provenance(connector="made@1", file=draw(st.none() | words), line=draw(st.integers(1, 9))),
        marking=ProtectiveMarking(sensitive=draw(st.booleans()), descriptors=tuple(draw(st.lists(words, max_size=2)))),
        grading=draw(st.none() | st.just(Grading.parse("1AP"))),
        review_on=draw(st.dates(date(2000, 1, 1), date(2100, 1, 1))),
        body=draw(people | events),
    )


@pytest.fixture(scope="module")
def node(service_engine: Callable[[str], Engine]) -> Engine:
    return service_engine("node")


def mapped_from(record: Record, line: int) -> Mapped:
    """What a connector hands over of a row that says this."""
    built = Built(record.id, record.source_reference, record, said_by(record.body))
    return Mapped(record.source_reference, (built,), (), line, record.provenance)


@given(record=records())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_record_comes_back_as_it_went_in_and_is_known_again(node: Engine, record: Record) -> None:
    batch, again = Batch(), Batch()
    try:
        mapped = mapped_from(record, record.provenance.line or 1)
        Writer().stage(batch, mapped)
        Writer().stage(again, mapped)
    except ValueProblem:
        assert "\x00" in record.model_dump_json() or "\\u0000" in record.model_dump_json() or not _storable(record)
        return
    with node.connect() as connection:
        connection.execute(text("DELETE FROM record"))
        assert merge(connection, batch).fresh == {record.id}
        row = connection.execute(text("SELECT * FROM record")).mappings().one()
        assert merge(connection, again).counts(again) == (0, 0, 1)
        connection.rollback()
    envelope = {name: row["envelope"].get(name) for name in ("marking", "grading", "retention_group", "review_on")}
    assert type(record.body).model_validate(row["body"]) == record.body
    assert Provenance.model_validate({k: v for k, v in row["provenance"].items() if v is not None}) == record.provenance
    assert ProtectiveMarking.model_validate(envelope["marking"]) == record.marking
    assert row["source_reference"] == record.source_reference
    assert PolicyFacts(**{name: row[name] for name in PolicyFacts.model_fields}) == facts_of(record)


def _storable(record: Record) -> bool:
    try:
        record.model_dump_json().encode()
    except ValueError:
        return False
    return True


@given(ages=st.lists(st.sampled_from(["under 10", "10-17", "18-24", "over 34", None]), min_size=2, max_size=6))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_records_that_differ_in_age_alone_keep_each_their_own_facts(node: Engine, ages: list[str | None]) -> None:
    moment = datetime(2025, 1, 2, tzinfo=UTC)
    made = [
        Record(
            force="south-wales",
            source_system="made",
            source_reference=str(number),
            recorded_at=moment,
            updated_at=moment,
            provenance=Provenance(connector="made@1"),
            review_on=date(2030, 1, 1),
            body=Person(age_range=age),
        )
        for number, age in enumerate(ages)
    ]
    writer, batch = Writer(), Batch()
    for line, record in enumerate(made, start=1):
        writer.stage(batch, mapped_from(record, line))
    with node.connect() as connection:
        connection.execute(text("DELETE FROM record"))
        merge(connection, batch)
        stored = {row.id: row.born for row in connection.execute(text("SELECT id, born FROM record"))}
        connection.rollback()
    assert stored == {record.id: facts_of(record).born for record in made}
