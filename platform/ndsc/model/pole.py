"""The POLE-aligned profile: what a person, an object, a location and an event can say.

The NPCC Minimum POLE Data Standards Dictionary (v1.1, July 2023) describes 44 entities of these four families and
numbers their attributes; ``standard`` in a field's metadata is such a number (DS_032 is the surname). This is a
profile aligned with it, not a copy: it claims no conformance. ``niem`` in a field's metadata is the NIEM 6.0 property
that means the same (CC BY 4.0, OASIS); ``ndsc.model.niem`` checks each against the shipped property list.

An attribute that is ``None`` was not recorded. ``absent`` says more: ``unknown`` (asked, and not known) or ``none``
(known to have none, as in no fixed abode). So unknown is not the same as empty.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ndsc.model.base import Code, LongText, Model, Text
from ndsc.model.dates import PartialDate


class Kind(StrEnum):
    """The POLE families."""

    PERSON = "person"
    OBJECT = "object"
    LOCATION = "location"
    EVENT = "event"


class SubjectCategory(StrEnum):
    """What a person is to an event: Data Protection Act 2018 section 38(3)."""

    SUSPECT = "suspect"
    CONVICTED = "convicted"
    VICTIM = "victim"
    WITNESS = "witness"
    OTHER = "other"


def attribute(
    description: str,
    *,
    niem: str | None = None,
    standard: str | None = None,
    codes: str | None = None,
    **constraints: Any,
) -> Any:
    """A field with its meaning, NIEM property, NPCC data standard and code list: the reference pages print them."""
    extra: dict[str, Any] = {
        key: value for key, value in {"niem": niem, "standard": standard, "codes": codes}.items() if value is not None
    }
    return Field(default=None, description=description, json_schema_extra=extra or None, **constraints)


Absence = Literal["unknown", "none"]


class Body(Model):
    """The attributes of one POLE entity."""

    absent: Annotated[dict[str, Absence], Field(max_length=40)] = Field(
        default_factory=dict,
        description="why an attribute has no value: unknown (asked, not known) or none (known to have none)",
    )

    @model_validator(mode="after")
    def _absent_attributes_have_no_value(self) -> Self:
        for name in self.absent:
            if name not in type(self).model_fields:
                raise ValueError(f"absent names {name[:40]!r}, which is not an attribute")
            if getattr(self, name) not in (None, ()):
                raise ValueError(f"{name} has a value and is said to be absent")
        return self


class Address(Model):
    """A postal address as far as it is known."""

    number: Text | None = attribute("house number or name", standard="DS_006", niem="nc:StreetNumberText")
    street: Text | None = attribute("street", standard="DS_007", niem="nc:StreetFullText")
    town: Text | None = attribute("town or locality", standard="DS_008", niem="nc:AddressCityName")
    postcode: Text | None = attribute("postcode, normalised: CF10 1EP", standard="DS_010", niem="nc:AddressPostalCode")
    uprn: Text | None = attribute(
        "Unique Property Reference Number, up to 12 digits", standard="DS_011", niem="nc:LocationIdentification"
    )


class Person(Body):
    """A natural person as one source knows them."""

    kind: Literal[Kind.PERSON] = Kind.PERSON
    given_name: Text | None = attribute("first given name", standard="DS_031", niem="nc:PersonGivenName")
    middle_names: Text | None = attribute("other given names", niem="nc:PersonMiddleName")
    surname: Text | None = attribute("family name", standard="DS_032", niem="nc:PersonSurName")
    previous_surname: Text | None = attribute(
        "family name before, such as a maiden name", standard="DS_033", niem="nc:PersonMaidenName"
    )
    aliases: tuple[Text, ...] = Field(
        default=(),
        max_length=20,
        description="other names used",
        json_schema_extra={"standard": "DS_033", "niem": "nc:PersonFullName"},
    )
    date_of_birth: PartialDate | None = attribute(
        "date of birth, perhaps partial", standard="DS_034", niem="nc:PersonBirthDate"
    )
    sex: Code | None = attribute("recorded sex", standard="DS_037", niem="nc:PersonSexText", codes="sex")
    age_range: Text | None = attribute("age range where no date of birth is known", niem="nc:PersonAgeDescriptionText")
    ethnicity_self_defined: Code | None = attribute(
        "self-defined ethnicity, 16+1", standard="DS_038", niem="nc:PersonEthnicityText", codes="ethnicity-16-plus-1"
    )
    ethnicity_officer_defined: Code | None = attribute(
        "officer-defined ethnicity", standard="DS_112", niem="nc:PersonRaceText", codes="ethnicity-officer-defined"
    )
    nationality: Code | None = attribute(
        "country of nationality", standard="DS_004", niem="nc:PersonNationalityCountry", codes="country"
    )
    place_of_birth: Text | None = attribute("place of birth", standard="DS_035", niem="nc:PersonBirthLocation")
    home: Address | None = attribute("home address", niem="nc:PersonResidenceAddress")
    pnc_id: Text | None = attribute(
        "PNC identifier: 2012/0123456X", standard="DS_072", niem="nc:PersonOtherIdentification"
    )
    cro_number: Text | None = attribute(
        "Criminal Records Office number", standard="DS_071", niem="j:PersonStateFingerprintIdentification"
    )
    driver_number: Text | None = attribute("driver number", standard="DS_061", niem="nc:PersonLicenseIdentification")
    phones: tuple[Text, ...] = Field(
        default=(),
        max_length=10,
        description="telephone numbers, E.164",
        json_schema_extra={"standard": "DS_053", "niem": "nc:TelephoneNumberFullID"},
    )
    emails: tuple[Text, ...] = Field(
        default=(),
        max_length=10,
        description="e-mail addresses",
        json_schema_extra={"standard": "DS_054", "niem": "nc:ContactEmailID"},
    )
    warnings: tuple[Code, ...] = Field(
        default=(),
        max_length=20,
        description="warning markers",
        json_schema_extra={"niem": "j:PersonCautionInformationText", "codes": "warning"},
    )


class Object(Body):
    """A thing: a vehicle, a telephone, a weapon, property."""

    kind: Literal[Kind.OBJECT] = Kind.OBJECT
    category: Literal["vehicle", "phone", "weapon", "drug", "document", "property"] = Field(
        default="property", description="what sort of thing"
    )
    description: Text | None = attribute("what it is, in words", standard="DS_098", niem="nc:ItemDescriptionText")
    vrm: Text | None = attribute(
        "vehicle registration mark, normalised: AB12 CDE",
        standard="DS_065",
        niem="j:ConveyanceRegistrationPlateIdentification",
    )
    vin: Text | None = attribute("vehicle identification number, 17 characters", niem="nc:VehicleIdentification")
    make: Text | None = attribute("make", standard="DS_066", niem="nc:ItemMakeName")
    model: Text | None = attribute("model", standard="DS_067", niem="nc:ItemModelName")
    colour: Text | None = attribute("colour", standard="DS_069", niem="nc:ItemColorDescriptionText")
    imei: Text | None = attribute("handset identity, 15 digits", niem="nc:DeviceIMEIIdentification")
    phone_number: Text | None = attribute("telephone number, E.164", standard="DS_053", niem="nc:TelephoneNumberFullID")
    serial_number: Text | None = attribute("serial number", standard="DS_100", niem="nc:ItemSerialIdentification")


class Location(Body):
    """A place."""

    kind: Literal[Kind.LOCATION] = Kind.LOCATION
    name: Text | None = attribute("what the place is called", standard="DS_016", niem="nc:LocationName")
    address: Address | None = attribute("postal address", niem="nc:Address")
    latitude: float | None = attribute(
        "WGS84 latitude, degrees", standard="DS_014", niem="nc:LatitudeDegreeValue", ge=-90, le=90
    )
    longitude: float | None = attribute(
        "WGS84 longitude, degrees", standard="DS_015", niem="nc:LongitudeDegreeValue", ge=-180, le=180
    )
    easting: int | None = attribute("OSGB36 easting, metres", ge=0, le=700_000)
    northing: int | None = attribute("OSGB36 northing, metres", ge=0, le=1_300_000)
    approximate: bool | None = attribute("whether the point was moved to protect privacy")
    area_code: Code | None = attribute(
        "lower layer super output area or like code", niem="nc:LocaleDistrictIdentification"
    )
    area_name: Text | None = attribute("name of that area", niem="nc:LocaleDistrictName")


class Event(Body):
    """Something that happened: a crime, an incident, a stop and search, an arrest, an intelligence report."""

    kind: Literal[Kind.EVENT] = Kind.EVENT
    category: Literal["crime", "incident", "stop-search", "custody", "intelligence", "missing-person"] = Field(
        default="incident",
        description="what sort of event; it is also the data category that agreements name",
    )
    title: Text | None = attribute("one line that says what happened", niem="nc:ActivityName")
    crime_reference: Text | None = attribute("crime reference", niem="nc:ActivityIdentification")
    crime_type: Code | None = attribute(
        "national crime category", standard="DS_078", niem="j:OffenseCategoryText", codes="crime-type"
    )
    offence_code: Code | None = attribute(
        "CJS offence code", standard="DS_080", niem="j:StatuteOffenseIdentification", codes="offence"
    )
    occurred: PartialDate | None = attribute("day, month or year it happened or began", niem="nc:ActivityDate")
    occurred_at: datetime | None = attribute("moment it happened, where known", niem="nc:DateTime")
    ended: PartialDate | None = attribute("last day it went on", niem="nc:EndDate")
    outcome: Code | None = attribute("result so far", standard="DS_083", niem="nc:ActivityDisposition", codes="outcome")
    legislation: Text | None = attribute("power used", niem="j:StatuteDescriptionText")
    object_of_search: Text | None = attribute("what a search was for", niem="nc:ActivityReasonText")
    summary: LongText | None = attribute("what happened, in words", niem="nc:ActivityDescriptionText")
    sanitised_text: LongText | None = attribute("text fit for wider sharing (intelligence reports)")
    urn: Text | None = attribute("unique reference of an intelligence report", niem="nc:DocumentIdentification")


AnyBody = Annotated[Person | Object | Location | Event, Field(discriminator="kind")]
BODIES: dict[Kind, type[Body]] = {
    Kind.PERSON: Person,
    Kind.OBJECT: Object,
    Kind.LOCATION: Location,
    Kind.EVENT: Event,
}


class Role(StrEnum):
    """What one record is to another."""

    INVOLVED_IN = "involved-in"  # person or object -> event
    OCCURRED_AT = "occurred-at"  # event -> location
    LIVES_AT = "lives-at"  # person -> location
    KEEPER_OF = "keeper-of"  # person -> object
    USES = "uses"  # person -> object
    ASSOCIATE_OF = "associate-of"  # person -> person
    FOUND_AT = "found-at"  # object -> location
