"""The policy facts of a record: the flat, scalar, never-null values that rules may ask about.

A policy engine that turns rules into a database filter can compare plain columns and nothing else (no functions, no
existence test, no nesting), so whatever a rule may need is worked out here, once, when the record is written.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from pydantic import Field

from ndsc.model.base import Model
from ndsc.model.pole import Event, Kind, Object, Person, SubjectCategory
from ndsc.model.record import Record

_EPOCH = date(1970, 1, 1)


def epoch_day(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


class PolicyFacts(Model):
    """What policy knows of a record. Every value is plain and none is null; days are counted from 1970-01-01."""

    force: str
    kind: str
    category: str = Field(description="data category that agreements name: nominal, vehicle, crime, stop-search ...")
    tier: int = Field(ge=0, le=2, description="0 OFFICIAL, 1 SECRET, 2 TOP SECRET")
    sensitive: bool
    caveated: bool = Field(description="carries a caveat or a handling instruction")
    grading: str = Field(description="such as 1AP or B24; empty for what is not graded")
    handling: str = Field(description="P, C, a 5x5x5 digit, or empty")
    action: str = Field(description="A1, A2, A3, or empty")
    immunity: bool = Field(description="under public interest immunity")
    assessment: bool = Field(description="a personal assessment, not a fact")
    suspect: bool
    convicted: bool
    victim: bool
    witness: bool
    other_subject: bool
    born: int = Field(description="latest day a person can have been born on; -1000000 when unknown")
    retention_group: int = Field(ge=1, le=4)
    review_on: int = Field(description="day the review is due")
    updated_on: int = Field(description="day the source last changed it")


UNKNOWN_BIRTH = -1_000_000
"""A day long before anybody alive: rules that protect children must ask ``born`` against this value first."""


def data_category(record: Record) -> str:
    """The category of data that agreements name for this record."""
    body = record.body
    if isinstance(body, Event | Object):
        return body.category
    return "nominal" if body.kind is Kind.PERSON else "location"


def facts_of(record: Record, categories: Collection[SubjectCategory] = ()) -> PolicyFacts:
    """The facts of a record; ``categories`` are those of its links to events (for an event: of the people in it)."""
    body, grading = record.body, record.grading
    return PolicyFacts(
        force=record.force,
        kind=record.kind.value,
        category=data_category(record),
        tier=record.marking.tier.rank,
        sensitive=record.marking.sensitive,
        caveated=bool(record.marking.caveats or record.marking.instructions),
        grading=str(grading) if grading else "",
        handling=grading.handling if grading else "",
        action=grading.action.value if grading and grading.action else "",
        immunity=record.public_interest_immunity,
        assessment=record.assertion.value == "assessment",
        suspect=SubjectCategory.SUSPECT in categories,
        convicted=SubjectCategory.CONVICTED in categories,
        victim=SubjectCategory.VICTIM in categories,
        witness=SubjectCategory.WITNESS in categories,
        other_subject=SubjectCategory.OTHER in categories,
        born=_latest_birth(body, record.recorded_at.date()) if isinstance(body, Person) else UNKNOWN_BIRTH,
        retention_group=int(record.retention_group.value),
        review_on=epoch_day(record.review_on),
        updated_on=epoch_day(record.updated_at.date()),
    )


_AGES = re.compile(r"(?:(under|over) )?(\d{1,3})(?:-\d{1,3})?", re.ASCII)


def _latest_birth(person: Person, recorded_on: date) -> int:
    """The latest day the person can have been born on, by the date of birth or else by the age range when recorded.

    Age ranges are written as data.police.uk writes them: ``under 10``, ``10-17``, ``over 34``.
    """
    if person.date_of_birth is not None:
        return epoch_day(person.date_of_birth.last_day)
    ages = _AGES.fullmatch((person.age_range or "").strip().lower())
    if ages is None:
        return UNKNOWN_BIRTH
    youngest = 0 if ages[1] == "under" else int(ages[2]) + (ages[1] == "over")
    return epoch_day(recorded_on) - int(youngest * 365.25)
