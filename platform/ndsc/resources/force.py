"""``Force``: the tenant. Who it is, whom it trusts to sign its officers in, what it may use, how it ends."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from ndsc.model.base import ForceId
from ndsc.model.sharing import Clearance
from ndsc.resources.base import Line, Manifest, Name, Part, Quantity, Status
from ndsc.resources.jwk import PublicKey


class Country(StrEnum):
    """ISO 3166 code of the country, or of the part of the United Kingdom, whose law the force works under."""

    UNITED_KINGDOM = "GB"
    ENGLAND = "GB-ENG"
    WALES = "GB-WLS"
    SCOTLAND = "GB-SCT"
    NORTHERN_IRELAND = "GB-NIR"
    ISLE_OF_MAN = "IM"
    JERSEY = "JE"
    GUERNSEY = "GG"


class ContactRole(StrEnum):
    """What a contact is responsible for."""

    DATA_PROTECTION_OFFICER = "data-protection-officer"
    INFORMATION_ASSET_OWNER = "information-asset-owner"
    SECURITY = "security"
    TECHNICAL = "technical"


class DeletionPolicy(StrEnum):
    """What becomes of what must outlive the resource."""

    RETAIN = "Retain"
    DELETE = "Delete"


ClearanceName = Literal["none", "bpss", "ctc", "sc", "dv"]
"""National security vetting levels as a manifest writes them, lowest first."""


def clearance_of(name: ClearanceName) -> Clearance:
    """The level that a manifest names."""
    return Clearance[name.upper()]


Url = Annotated[str, StringConstraints(pattern=r"^https://[^\s/?#]+(/[^\s?#]*)?$", max_length=300)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$", max_length=254)]


class IdentityProvider(Part):
    """The OpenID provider whose tokens say who the force's officers are."""

    issuer: Url = Field(description="Issuer of the tokens, as in their iss claim.")
    audience: Line = Field(default="ndsc", description="Audience that the tokens must name.")
    jwks_uri: Url | None = Field(
        default=None, description="Where its keys are; discovered from the issuer if left out."
    )
    keys: tuple[PublicKey, ...] = Field(
        default=(),
        max_length=8,
        description="Keys that sign its tokens; each is believed for this force's officers only. None is fetched.",
    )


class Contact(Part):
    """Whom to ask. A post and its mailbox, not a person."""

    role: ContactRole = Field(description="What the contact is responsible for.")
    email: Email = Field(description="Mailbox of the post.")
    name: Line | None = Field(default=None, description="Name of the post or team.")


class Quota(Part):
    """Upper bounds of what the force's nodes use together."""

    cpu: Quantity = Field(default="8", description="Processors, as a Kubernetes quantity.")
    memory: Quantity = Field(default="16Gi", description="Memory, as a Kubernetes quantity.")
    storage: Quantity = Field(default="200Gi", description="Disk, as a Kubernetes quantity.")
    records: int = Field(default=100_000_000, ge=1, le=10_000_000_000, description="Records held.")
    searches_per_minute: int = Field(
        default=600, ge=1, le=1_000_000, description="Searches its officers make a minute."
    )


class AgreementDefaults(Part):
    """The force's own limits: its key signs no agreement that goes beyond them without a person."""

    minimum_clearance: ClearanceName = Field(
        default="bpss", description="Lowest clearance that an agreement may ask of those who read the force's records."
    )
    delete_after_days: int = Field(
        default=365, ge=1, le=36_500, description="Longest that others may keep what they were given, in days."
    )
    review_after_months: int = Field(default=24, ge=1, le=120, description="Longest time to an agreement's review.")


class ForceSpec(Part):
    """What the force wants."""

    code: ForceId = Field(
        description="Slug of the force in the list of forces, such as south-wales. Cannot be changed."
    )
    name: Line = Field(description="Full name, such as South Wales Police.")
    country: Country = Field(
        default=Country.UNITED_KINGDOM, description="Country, or part of the United Kingdom, as an ISO 3166 code."
    )
    identity_provider: IdentityProvider | None = Field(
        default=None,
        description="Who signs its officers in; the development issuer of an embedded network if left out.",
    )
    contacts: tuple[Contact, ...] = Field(default=(), max_length=16, description="Whom to ask.")
    quota: Quota = Field(default_factory=Quota, description="Upper bounds of what its nodes use together.")
    agreement_defaults: AgreementDefaults = Field(
        default_factory=AgreementDefaults, description="What an agreement must keep to for the force to sign it."
    )
    deletion_policy: DeletionPolicy = Field(
        default=DeletionPolicy.RETAIN,
        description="On deletion, Retain keeps a last backup and the audit log; Delete keeps the audit log only.",
    )
    successor_of: tuple[ForceId, ...] = Field(
        default=(), max_length=16, description="Forces that were merged into this one; their codes still resolve to it."
    )

    @property
    def officer_keys(self) -> tuple[PublicKey, ...]:
        """The keys that sign its officers' tokens."""
        return self.identity_provider.keys if self.identity_provider else ()


class ForceStatus(Status):
    """What was seen of the force."""

    namespace: Name | None = Field(default=None, description="Namespace made for it.")
    nodes: int = Field(default=0, ge=0, description="Data nodes it has.")
    ready_nodes: int = Field(default=0, ge=0, description="Data nodes that are ready.")
    agreements: int = Field(default=0, ge=0, description="Agreements in force that it is a party to.")
    held_by: tuple[Name, ...] = Field(
        default=(), max_length=100, description="Agreements that bind it: before they end it is not deleted."
    )
    key_id: str | None = Field(default=None, description="Id of the public key that its signatures are verified by.")
    public_key: PublicKey | None = Field(
        default=None, description="The public key that its signatures under agreements are verified by."
    )


class Force(Manifest):
    """A police force or other body that holds data: one tenant of the network."""

    PLURAL: ClassVar[str] = "forces"
    SHORT_NAMES: ClassVar[tuple[str, ...]] = ("fc",)

    kind: Literal["Force"] = Field(default="Force", description="Force.")
    spec: ForceSpec = Field(description="What the force wants.")
    status: ForceStatus = Field(default_factory=ForceStatus, description="What was seen of it; set by the server.")
