"""``DataSharingAgreement``: who may see what of whose, for which purposes, under which law, and until when.

Only what is written here is opened, and only inside what the national floor and each force's own rules allow. The
terms are what the parties sign (``ndsc.resources.signing``); whether it is suspended or terminated is not among them,
so that one party can close an agreement at once without the others' pens.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints

from ndsc.model.base import ForceId
from ndsc.model.handling import Tier
from ndsc.model.pole import SubjectCategory
from ndsc.model.sharing import DataCategory, Purpose, Role, Treatment
from ndsc.resources.base import Day, Line, Manifest, Paragraph, Part, Status
from ndsc.resources.force import ClearanceName

STANDING = frozenset({"suspended_by", "terminated_by"})
"""The fields of the spec that are not terms, and that no signature covers."""


class PartyRole(StrEnum):
    """Which way data goes between a party and the others."""

    PROVIDER = "provider"
    CONSUMER = "consumer"
    BOTH = "both"


class OnMerge(StrEnum):
    """What becomes of the agreement when a party is merged into a successor."""

    END = "End"
    CARRY_OVER = "CarryOver"


class AgreementState(StrEnum):
    """The states of the Dataspace Protocol 2025-1 that an agreement of many parties has, and two of its later life."""

    REQUESTED = "REQUESTED"
    OFFERED = "OFFERED"
    AGREED = "AGREED"
    VERIFIED = "VERIFIED"
    FINALIZED = "FINALIZED"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    TERMINATED = "TERMINATED"


class Party(Part):
    """A force that is bound by the agreement."""

    force: ForceId = Field(description="Code of the force.")
    role: PartyRole = Field(
        default=PartyRole.BOTH, description="provider gives, consumer receives, both does either way."
    )


class LegalBasis(Part):
    """The law that lets the data be shared."""

    statute: Line = Field(description="Act and section, such as Data Protection Act 2018, section 35(2)(b).")
    gateway: Paragraph = Field(description="What that law permits here, in the words that the parties agreed.")


class Ceiling(Part):
    """The most sensitive record that it opens."""

    tier: Tier = Field(default=Tier.OFFICIAL, description="Highest classification tier.")
    sensitive: bool = Field(default=False, description="Whether OFFICIAL-SENSITIVE is opened too.")
    handling_conditions: bool = Field(
        default=False, description="Whether intelligence under handling code C (5 of 5x5x5) is opened too."
    )


class FieldMask(Part):
    """One attribute that is shown less exactly than it is held."""

    field: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")] = Field(
        description="Attribute of the record, such as home or date_of_birth."
    )
    treatment: Treatment = Field(default=Treatment.WITHHELD, description="How it is shown.")


class AgreementDuty(Part):
    """Something that binds whoever receives a record."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")] = Field(
        description="Short name, such as no-onward-sharing."
    )
    sentence: Line = Field(description="The duty in one plain sentence.")
    days: int | None = Field(default=None, ge=1, le=36_500, description="Its term in days, where it has one.")


class Conditions(Part):
    """What must be so for a record to be opened, and what goes with it."""

    roles: tuple[Role, ...] = Field(
        default=(Role.OFFICER, Role.ANALYST, Role.INTELLIGENCE_OFFICER),
        min_length=1,
        max_length=5,
        description="Who of the consumer may read.",
    )
    minimum_clearance: ClearanceName = Field(default="bpss", description="Lowest clearance of those who read.")
    excluded_subjects: tuple[SubjectCategory, ...] = Field(
        default=(), max_length=5, description="Subject categories whose records are not opened (s.38(3) DPA 2018)."
    )
    masks: tuple[FieldMask, ...] = Field(
        default=(), max_length=32, description="Attributes shown less exactly, or not at all."
    )
    duties: tuple[AgreementDuty, ...] = Field(
        default=(), max_length=16, description="What binds whoever receives a record."
    )


class Retention(Part):
    """How long a copy may be kept."""

    delete_after_days: int = Field(
        default=90, ge=1, le=36_500, description="Days after which the consumer deletes its copy."
    )


class DataSharingAgreementSpec(Part):
    """The terms, and whether a party has closed it."""

    title: Line = Field(description="What the parties call it.")
    parties: tuple[Party, ...] = Field(min_length=2, max_length=64, description="The forces that it binds.")
    legal_basis: LegalBasis = Field(description="The law that lets the data be shared.")
    purposes: tuple[Purpose, ...] = Field(
        min_length=1, max_length=5, description="Policing purposes that it may be used for."
    )
    categories: tuple[DataCategory, ...] = Field(min_length=1, max_length=14, description="Data categories it opens.")
    ceiling: Ceiling = Field(default_factory=Ceiling, description="The most sensitive record that it opens.")
    conditions: Conditions = Field(default_factory=Conditions, description="What must be so, and what goes with it.")
    retention: Retention = Field(default_factory=Retention, description="How long a copy may be kept.")
    starts_on: Day = Field(description="First day of its term, YYYY-MM-DD.")
    ends_on: Day = Field(description="Last day of its term, YYYY-MM-DD; it ends by itself after it.")
    review_on: Day = Field(description="Day by which the parties review it, YYYY-MM-DD.")
    dpia: Line = Field(description="Reference of the data protection impact assessment (DPA 2018 section 64).")
    on_merge: OnMerge = Field(
        default=OnMerge.END,
        description="When a party's Force is gone, merged into another: End closes it, CarryOver binds the successor.",
    )
    suspended_by: tuple[ForceId, ...] = Field(
        default=(),
        max_length=64,
        description="Parties that suspend it: it opens nothing while any is named. Left out, it stays; [] lifts it.",
    )
    terminated_by: tuple[ForceId, ...] = Field(
        default=(), max_length=64, description="Parties that ended it, for good."
    )

    @property
    def forces(self) -> tuple[ForceId, ...]:
        """Codes of all parties, in their order."""
        return tuple(party.force for party in self.parties)

    @property
    def providers(self) -> tuple[ForceId, ...]:
        """Codes of the parties whose records it opens."""
        return tuple(party.force for party in self.parties if party.role is not PartyRole.CONSUMER)

    @property
    def consumers(self) -> tuple[ForceId, ...]:
        """Codes of the parties whose officers it opens records to."""
        return tuple(party.force for party in self.parties if party.role is not PartyRole.PROVIDER)

    def terms(self) -> Mapping[str, Any]:
        """What the parties sign, as plain JSON values, every default written out."""
        return self.model_dump(mode="json", by_alias=True, exclude=set(STANDING))


class Signature(Part):
    """A party's signature under the terms."""

    force: ForceId = Field(description="The party that signed.")
    key_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16}$")] = Field(description="Id of its key.")
    digest: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")] = Field(
        description="Digest of the terms that it signed."
    )
    signature: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{86}$")] = Field(
        description="Ed25519 signature, base64url."
    )
    signed_at: datetime = Field(description="When, by the signer's clock.")


class StateChange(Part):
    """A step in the agreement's life."""

    state: AgreementState = Field(description="State that it came to.")
    event: Line = Field(description="What happened.")
    at: datetime = Field(description="When.")


class DataSharingAgreementStatus(Status):
    """Where the agreement stands."""

    state: AgreementState = Field(default=AgreementState.REQUESTED, description="Its state.")
    digest: str | None = Field(default=None, description="Digest of the present terms.")
    signed: str | None = Field(default=None, description="Parties whose signature was verified, of all: 2/2.")
    signatures: tuple[Signature, ...] = Field(default=(), max_length=64, description="Signatures, one a party.")
    history: tuple[StateChange, ...] = Field(default=(), max_length=100, description="Its steps, the oldest first.")


class DataSharingAgreement(Manifest):
    """An agreement between forces that machines enforce and people can read."""

    PLURAL: ClassVar[str] = "datasharingagreements"
    SHORT_NAMES: ClassVar[tuple[str, ...]] = ("dsa", "agreement", "agreements")

    kind: Literal["DataSharingAgreement"] = Field(default="DataSharingAgreement", description="DataSharingAgreement.")
    spec: DataSharingAgreementSpec = Field(description="The terms, and whether a party has closed it.")
    status: DataSharingAgreementStatus = Field(
        default_factory=DataSharingAgreementStatus, description="Where it stands; set by the server."
    )
