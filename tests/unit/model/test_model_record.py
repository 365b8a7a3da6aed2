"""A record's identity and envelope, and what a link must say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from ndsc.model.pole import Kind, Person, Role, SubjectCategory
from ndsc.model.record import Link, Provenance, Record, record_id

NOON = datetime(2025, 1, 2, 12, tzinfo=UTC)


def record(**changes: Any) -> Record:
    """A plain record with some of it changed."""
    return Record.model_validate(
        {
            "force": "south-wales",
            "source_system": "rms",
            "source_reference": "N-1",
            "recorded_at": NOON,
            "updated_at": NOON,
            "provenance": Provenance(connector="test 1"),
            "review_on": date(2031, 1, 2),
            "body": Person(surname="Ash"),
            **changes,
        }
    )


def test_an_identity_depends_on_force_kind_system_and_reference_and_on_nothing_else() -> None:
    assert record().id == record(body=Person(surname="Birch"), source_reference="N-1").id
    others = [
        record_id("gwent", Kind.PERSON, "rms", "N-1"),
        record_id("south-wales", Kind.EVENT, "rms", "N-1"),
        record_id("south-wales", Kind.PERSON, "custody", "N-1"),
        record_id("south-wales", Kind.PERSON, "rms", "N-2"),
    ]
    assert len({record().id, *others}) == 5


def test_identities_are_the_same_on_every_machine() -> None:
    assert record_id("south-wales", Kind.PERSON, "rms", "N-1") == "south-wales.p.rnlbclahazrblw6m"


def test_parts_of_an_identity_cannot_run_into_each_other() -> None:
    assert record_id("a-b", Kind.PERSON, "xy", "z") != record_id("a-b", Kind.PERSON, "x", "yz")


def test_times_need_a_zone_and_their_order() -> None:
    with pytest.raises(ValidationError, match="time zone"):
        record(recorded_at=NOON.replace(tzinfo=None))
    with pytest.raises(ValidationError, match="before recorded_at"):
        record(updated_at=NOON.replace(year=2024))


def test_a_record_survives_its_json() -> None:
    assert Record.model_validate_json(record().model_dump_json()) == record()


PERSON, EVENT, PLACE = (record_id("south-wales", kind, "rms", "1") for kind in (Kind.PERSON, Kind.EVENT, Kind.LOCATION))


def test_a_person_in_an_event_is_a_suspect_a_victim_or_something_that_is_said() -> None:
    link = Link(source=PERSON, target=EVENT, role=Role.INVOLVED_IN, subject_category=SubjectCategory.WITNESS)
    assert link.subject_category is SubjectCategory.WITNESS
    with pytest.raises(ValidationError, match=r"s\.38\(3\)"):
        Link(source=PERSON, target=EVENT, role=Role.INVOLVED_IN)


def test_no_other_link_has_a_subject_category() -> None:
    assert Link(source=PERSON, target=PLACE, role=Role.LIVES_AT).subject_category is None
    with pytest.raises(ValidationError, match="only a link of a person to an event"):
        Link(source=PERSON, target=PLACE, role=Role.LIVES_AT, subject_category=SubjectCategory.SUSPECT)
