"""The facts that policy may ask about: plain, never null, worked out from the record."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ndsc.model.dates import PartialDate
from ndsc.model.facts import UNKNOWN_BIRTH, PolicyFacts, epoch_day, facts_of
from ndsc.model.handling import Grading, ProtectiveMarking, Tier
from ndsc.model.pole import AnyBody, Event, Location, Object, Person, SubjectCategory
from ndsc.model.record import Assertion, Provenance, Record, RetentionGroup


def facts(body: AnyBody, categories: tuple[SubjectCategory, ...] = (), **changes: Any) -> PolicyFacts:
    """The facts of a record with that body."""
    moment = datetime(2025, 1, 2, tzinfo=UTC)
    values = {
        "force": "gwent",
        "source_system": "rms",
        "source_reference": "1",
        "recorded_at": moment,
        "updated_at": moment,
        "provenance": Provenance(connector="test 1"),
        "review_on": date(1970, 1, 11),
        "body": body,
        **changes,
    }
    return facts_of(Record.model_validate(values), categories)


@pytest.mark.parametrize(
    ("body", "category"),
    [
        (Person(), "nominal"),
        (Location(), "location"),
        (Object(category="vehicle"), "vehicle"),
        (Event(category="stop-search"), "stop-search"),
    ],
)
def test_the_category_is_what_agreements_name(body: AnyBody, category: str) -> None:
    assert facts(body).category == category


def test_days_are_counted_from_1970() -> None:
    assert epoch_day(date(1970, 1, 1)) == 0
    assert facts(Person()).review_on == 10


@pytest.mark.parametrize(
    ("born", "latest"), [("2010", date(2010, 12, 31)), ("2010-02", date(2010, 2, 28)), ("2010-02-03", date(2010, 2, 3))]
)
def test_a_partial_birth_counts_as_the_youngest_it_can_be(born: str, latest: date) -> None:
    assert facts(Person(date_of_birth=PartialDate.parse(born))).born == epoch_day(latest)


def test_an_unknown_birth_has_its_own_value() -> None:
    assert facts(Person()).born == facts(Event()).born == UNKNOWN_BIRTH


def test_what_a_person_is_to_events_becomes_flags() -> None:
    found = facts(Person(), (SubjectCategory.VICTIM, SubjectCategory.SUSPECT))
    assert (found.suspect, found.convicted, found.victim, found.witness, found.other_subject) == (
        True,
        False,
        True,
        False,
        False,
    )


def test_marking_and_grading_are_flat() -> None:
    grading = Grading.parse("1BC", conditions="Ring first.", action="A1", sanitisation="S2")
    found = facts(
        Person(),
        marking=ProtectiveMarking(tier=Tier.SECRET, caveats=("UK EYES ONLY",)),
        grading=grading,
        public_interest_immunity=True,
        assertion=Assertion.ASSESSMENT,
        retention_group=RetentionGroup.PUBLIC_PROTECTION,
    )
    assert (found.tier, found.sensitive, found.caveated) == (1, False, True)
    assert (found.grading, found.handling, found.action) == ("1BC", "C", "A1")
    assert (found.immunity, found.assessment, found.retention_group) == (True, True, 1)


def test_a_5x5x5_grading_is_asked_about_as_it_stands() -> None:
    found = facts(Person(), grading=Grading.parse("B24"))
    assert (found.grading, found.handling, found.action) == ("B24", "4", "")


def test_no_fact_is_null_and_every_fact_is_plain() -> None:
    for value in facts(Person()).model_dump().values():
        assert isinstance(value, str | int | bool)


@pytest.mark.parametrize(
    ("ages", "latest"),
    [
        ("under 10", date(2025, 1, 2)),
        ("10-17", date(2015, 1, 3)),
        ("18-24", date(2007, 1, 2)),
        ("over 34", date(1990, 1, 2)),
    ],
)
def test_an_age_range_counts_as_the_youngest_it_can_be_when_recorded(ages: str, latest: date) -> None:
    assert facts(Person(age_range=ages)).born == pytest.approx(epoch_day(latest), abs=1)


def test_an_age_range_that_is_no_range_says_nothing() -> None:
    assert facts(Person(age_range="young adult")).born == UNKNOWN_BIRTH
