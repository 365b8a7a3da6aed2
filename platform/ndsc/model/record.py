"""A record: one POLE entity as one source of one force knows it, with what governs it; and links between records."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from ndsc.model.base import Code, ForceId, Model, Text
from ndsc.model.handling import Grading, ProtectiveMarking
from ndsc.model.pole import AnyBody, Kind, Role, SubjectCategory

RecordId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}\.[pole]\.[a-z2-7]{16}$")]
"""``FORCE.LETTER.DIGEST``, such as ``south-wales.p.mfrggzdfmztwq2lk``: stable for a source's reference."""


def record_id(force: str, kind: Kind, source_system: str, source_reference: str) -> str:
    """The identity of a source's record: the same input always names the same record.

    The digest is the first 80 bits of SHA-256 over the length-prefixed parts, in lower-case base32 (RFC 4648).
    """
    return RecordIds(force, kind, source_system).of(source_reference)


class RecordIds:
    """The identities of one source's records of one kind: what is the same in all of them is worked out once."""

    def __init__(self, force: str, kind: Kind, source_system: str) -> None:
        self._start = f"{force}.{kind.value[0]}."
        self._parts = b"".join(_with_length(part.encode()) for part in (force, kind.value, source_system))

    def of(self, source_reference: str) -> str:
        """The identity of the record with that reference, see :func:`record_id`."""
        reference, two = source_reference.encode(), _TWO_LETTERS
        digest = hashlib.sha256(self._parts + len(reference).to_bytes(4, "big") + reference).digest()
        one, other = int.from_bytes(digest[:5], "big"), int.from_bytes(digest[5:10], "big")
        return (
            f"{self._start}{two[one >> 30]}{two[one >> 20 & 1023]}{two[one >> 10 & 1023]}{two[one & 1023]}"
            f"{two[other >> 30]}{two[other >> 20 & 1023]}{two[other >> 10 & 1023]}{two[other & 1023]}"
        )


def _with_length(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_TWO_LETTERS = [one + other for one in _BASE32 for other in _BASE32]
"""Ten bits in lower-case base32; the standard library's encoder takes longer than the digest itself."""


class Assertion(StrEnum):
    """Fact or personal assessment: Data Protection Act 2018 section 38(2)."""

    FACT = "fact"
    ASSESSMENT = "assessment"


class RetentionGroup(StrEnum):
    """Management of police information groups; the rules of each are in ``ndsc.model.retention``."""

    PUBLIC_PROTECTION = "1"
    SERIOUS = "2"
    OTHER_OFFENCE = "3"
    UNDETECTED_MISSING_VICTIM_WITNESS = "4"


class Provenance(Model):
    """How the record came here."""

    connector: Text = Field(description="connector that mapped it, with its version")
    file: Text | None = Field(default=None, description="name of the export it came from, without its folder")
    line: int | None = Field(default=None, ge=1, description="line or element of that export")
    copied_from: RecordId | None = Field(default=None, description="the other force's record it was adopted from")


class Record(Model):
    """One POLE entity with its envelope."""

    force: ForceId
    source_system: Code = Field(description="the force's system that holds the original")
    source_reference: Text = Field(description="its reference in that system")
    recorded_at: datetime = Field(description="when the source recorded it")
    updated_at: datetime = Field(description="when the source last changed it")
    provenance: Provenance
    marking: ProtectiveMarking = ProtectiveMarking()
    grading: Grading | None = Field(default=None, description="intelligence grading; none for what is not intelligence")
    public_interest_immunity: bool = False
    retention_group: RetentionGroup = RetentionGroup.OTHER_OFFENCE
    review_on: date = Field(description="when keeping it must be reviewed")
    assertion: Assertion = Assertion.FACT
    body: AnyBody

    @property
    def kind(self) -> Kind:
        """The POLE family."""
        return self.body.kind

    @property
    def id(self) -> str:
        """The record's identity, see :func:`record_id`."""
        return record_id(self.force, self.kind, self.source_system, self.source_reference)

    @model_validator(mode="after")
    def _times_are_ordered_and_zoned(self) -> Self:
        if self.recorded_at.tzinfo is None or self.updated_at.tzinfo is None:
            raise ValueError("recorded_at and updated_at need a time zone")
        if self.updated_at < self.recorded_at:
            raise ValueError("updated_at is before recorded_at")
        return self


class Link(Model):
    """A statement that one record has to do with another, in a role."""

    source: RecordId
    target: RecordId
    role: Role
    subject_category: SubjectCategory | None = Field(
        default=None, description="what the person is to the event: always there on a person-to-event link"
    )

    @model_validator(mode="after")
    def _person_in_event_has_a_category(self) -> Self:
        needed = _letter(self.source) == "p" and _letter(self.target) == "e"
        if needed and self.subject_category is None:
            raise ValueError("a link of a person to an event says what the person is to it (s.38(3))")
        if not needed and self.subject_category is not None:
            raise ValueError("only a link of a person to an event has a subject category")
        return self


def _letter(identity: str) -> str:
    return identity.split(".")[1]
