"""The closed lists that agreements, rules and requests share: purposes, roles, clearances, categories and masks.

They stand in the model because a manifest names them before any rule reads them. The purposes are the five policing
purposes of the Management of Police Information code; a purpose outside the list is refused (Data Protection Act 2018
section 36: the purpose must be specified, explicit and legitimate).
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Purpose(StrEnum):
    """The policing purposes."""

    PROTECT_LIFE_AND_PROPERTY = "protect-life-and-property"
    PRESERVE_ORDER = "preserve-order"
    PREVENT_CRIME = "prevent-crime"
    BRING_OFFENDERS_TO_JUSTICE = "bring-offenders-to-justice"
    STATUTORY_DUTY = "statutory-duty"

    @property
    def words(self) -> str:
        """How the purpose reads in a sentence, after "in order to"."""
        return _WORDS[self]


_WORDS = {
    Purpose.PROTECT_LIFE_AND_PROPERTY: "protect life and property",
    Purpose.PRESERVE_ORDER: "preserve order",
    Purpose.PREVENT_CRIME: "prevent the commission of offences",
    Purpose.BRING_OFFENDERS_TO_JUSTICE: "bring offenders to justice",
    Purpose.STATUTORY_DUTY: "carry out a duty arising from common or statute law",
}


class Role(StrEnum):
    """What a signed-in person does here; only the first three ever read records."""

    OFFICER = "officer"
    ANALYST = "analyst"
    INTELLIGENCE_OFFICER = "intelligence-officer"
    SECURITY_REVIEWER = "security-reviewer"
    ADMINISTRATOR = "administrator"


class Clearance(IntEnum):
    """National security vetting levels, ordered: a higher one includes the lower ones."""

    NONE = 0
    BPSS = 1
    CTC = 2
    SC = 3
    DV = 4


class DataCategory(StrEnum):
    """What sort of data a record is, as agreements name it: ``ndsc.model.facts.data_category`` answers one of these."""

    NOMINAL = "nominal"
    VEHICLE = "vehicle"
    PHONE = "phone"
    WEAPON = "weapon"
    DRUG = "drug"
    DOCUMENT = "document"
    PROPERTY = "property"
    LOCATION = "location"
    CRIME = "crime"
    INCIDENT = "incident"
    STOP_SEARCH = "stop-search"
    CUSTODY = "custody"
    INTELLIGENCE = "intelligence"
    MISSING_PERSON = "missing-person"


class Treatment(StrEnum):
    """What a mask does to an attribute; ``ndsc.policy.masking`` carries it out."""

    WITHHELD = "withheld"  # not shown at all
    YEAR_ONLY = "year-only"  # a date becomes its year
    MONTH_ONLY = "month-only"  # a date becomes its month and year
    AREA_ONLY = "area-only"  # an address becomes its town and outward code; a point, about a kilometre
    INITIALS = "initials"  # words become their first letters
