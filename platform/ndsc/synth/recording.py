"""From a person and a crime to the row that one force has of them, with marking, grading and retention.

The shares of markings, gradings and subject categories are made up: plausible for a demonstration, measured nowhere.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from ndsc.model import codes
from ndsc.model.dates import PartialDate
from ndsc.model.handling import ProtectiveMarking, Tier
from ndsc.model.pole import Person, SubjectCategory
from ndsc.model.record import Assertion, RetentionGroup
from ndsc.model.retention import review_on
from ndsc.synth.crimes import CrimeRef
from ndsc.synth.draws import Weighted, one_of
from ndsc.synth.identity import Identity
from ndsc.synth.rows import Row, RowEvent
from ndsc.synth.variation import Details

LATEST = datetime(2025, 6, 30, 18, 0, tzinfo=UTC)
"""No row is newer, whatever the day that synth runs on: the same seed makes the same rows."""

_CATEGORIES: Weighted[SubjectCategory] = Weighted(
    [
        (SubjectCategory.SUSPECT, 48),
        (SubjectCategory.CONVICTED, 18),
        (SubjectCategory.VICTIM, 16),
        (SubjectCategory.WITNESS, 12),
        (SubjectCategory.OTHER, 6),
    ]
)
_PLAIN, _SENSITIVE = ProtectiveMarking(), ProtectiveMarking(sensitive=True)
_MARKINGS: Weighted[ProtectiveMarking] = Weighted(
    [
        (_PLAIN, 900),
        (_SENSITIVE, 90),
        (ProtectiveMarking(sensitive=True, instructions=("Not for onward disclosure",)), 6),
        (ProtectiveMarking(tier=Tier.SECRET), 3),
        (ProtectiveMarking(tier=Tier.SECRET, caveats=("UK EYES ONLY",)), 1),
    ]
)
_INTELLIGENCE = 0.07
_IMMUNITY = 0.04  # of intelligence
_GRADINGS: Weighted[str] = Weighted(
    [
        ("1AP", 8), ("1BP", 12), ("2AP", 4), ("2BP", 22), ("2CP", 12), ("2DP", 10), ("3DP", 3), ("3EP", 1),
        ("1BC", 5), ("2BC", 8), ("2CC", 3), ("B24", 6), ("B21", 3), ("E41", 3),
    ]
)  # fmt: skip
_CONDITIONS: tuple[dict[str, str], ...] = (
    {"conditions": "Ring the originator before any use.", "action": "A1", "sanitisation": "S2"},
    {"conditions": "Operation in progress.", "action": "A2", "sanitisation": "S2"},
    {"conditions": "Lawful sharing with partners only.", "action": "A2", "sanitisation": "S1"},
    {"conditions": "Use as stated.", "action": "A3", "sanitisation": "S1", "usage": "Briefing of patrols only"},
)
_SERIOUS = frozenset({"robbery", "violent-crime", "possession-of-weapons"})
_BYSTANDERS = frozenset({SubjectCategory.VICTIM, SubjectCategory.WITNESS})


def make_row(chance: random.Random, identity: Identity, details: Details, crime: CrimeRef, ref: str) -> Row:
    """The row that a force has of a person in a crime, or in an intelligence report of that month."""
    recorded, updated = _times(chance, crime.month)
    intelligence = chance.random() < _INTELLIGENCE
    category = SubjectCategory.SUSPECT if intelligence else _CATEGORIES.draw(chance)
    group = _retention_group(chance, category, crime.crime_type)
    return Row(
        ref=ref,
        recorded=recorded,
        updated=updated,
        person=_person(chance, identity, details),
        vehicle=identity.vehicle if chance.random() < 0.6 else None,
        phone=details.phone if chance.random() < 0.5 else None,
        event=_report(ref, crime) if intelligence else _crime(crime),
        subject_category=category,
        retention_group=group,
        review_on=review_on(group, [updated.date()]),
        **(_graded(chance) if intelligence else {"marking": _MARKINGS.draw(chance)}),
    )


def _person(chance: random.Random, identity: Identity, details: Details) -> Person:
    known: dict[str, Any] = {
        "given_name": details.given,
        "middle_names": details.middle,
        "surname": details.surname,
        "previous_surname": details.previous_surname,
        "aliases": details.aliases,
        "date_of_birth": details.born,
        "sex": {"F": "2", "M": "1"}[identity.sex],
        "home": details.home,
        "pnc_id": details.pnc,
        "cro_number": details.cro,
        "phones": (details.phone,) if details.phone else (),
        "emails": (details.email,) if details.email else (),
    }
    if chance.random() < 0.6:
        known["ethnicity_self_defined"] = identity.ethnicity
    if chance.random() < 0.5:
        known["nationality"] = identity.nationality
    if details.home is None and chance.random() < 0.3:
        known["absent"] = {"home": one_of(chance, ("unknown", "none"))}
    if chance.random() < 0.04:
        known["warnings"] = (one_of(chance, tuple(entry.code for entry in codes.get("warning"))),)
    return Person(**known)


def _times(chance: random.Random, month: PartialDate) -> tuple[datetime, datetime]:
    first = datetime(month.year, month.month or 1, 1, tzinfo=UTC)
    recorded = min(first + timedelta(minutes=int(chance.random() * 27 * 24 * 60)), LATEST)
    if chance.random() < 0.5:
        return recorded, recorded
    return recorded, recorded + timedelta(seconds=int(chance.random() * (LATEST - recorded).total_seconds()))


def _retention_group(chance: random.Random, category: SubjectCategory, crime_type: str) -> RetentionGroup:
    if category in _BYSTANDERS:
        return RetentionGroup.UNDETECTED_MISSING_VICTIM_WITNESS
    if chance.random() < 0.01:
        return RetentionGroup.PUBLIC_PROTECTION
    return RetentionGroup.SERIOUS if crime_type in _SERIOUS else RetentionGroup.OTHER_OFFENCE


def _crime(crime: CrimeRef) -> RowEvent:
    return RowEvent(
        reference=crime.reference,
        crime_type=crime.crime_type,
        occurred=crime.month,
        title=codes.get("crime-type").label(crime.crime_type),
    )


def _report(ref: str, crime: CrimeRef) -> RowEvent:
    reference = f"URN-{ref.removeprefix('SYN-')}"
    return RowEvent(reference=reference, category="intelligence", occurred=crime.month, title="Intelligence report")


def _graded(chance: random.Random) -> dict[str, Any]:
    grading = _GRADINGS.draw(chance)
    return {
        "grading": grading,
        "marking": _SENSITIVE if chance.random() < 0.7 else _PLAIN,
        "assertion": Assertion.ASSESSMENT,
        "immunity": chance.random() < _IMMUNITY,
        **(one_of(chance, _CONDITIONS) if grading.endswith("C") else {}),
    }
