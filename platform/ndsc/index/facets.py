"""The facets that index keys are made of: what each reads, and in which words the reference page says so.

A facet gives none, one or several values: a person with two telephones has two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from ndsc.index import values as v
from ndsc.index.canonical import fold, letters, outline, sound
from ndsc.index.values import Values, event, identifier, one, person, place, thing, unique
from ndsc.model.pole import Body, Kind


@dataclass(frozen=True, slots=True)
class Facet:
    """How one part of a key is read: ``values`` of a body, from ``attributes``, in ``words`` for the reference page."""

    attributes: tuple[str, ...]
    words: str
    values: Callable[[Body], Values]


_BIRTH = ("date_of_birth",)
_NAMES = ("given_name", "surname")
_ALL_SURNAMES = ("surname", "previous_surname", "aliases")

PERSON_FACETS: Mapping[str, Facet] = MappingProxyType(
    {
        "surname-sound": Facet(_ALL_SURNAMES, "sound of a surname, also a previous one", person(v.surname_sounds)),
        "surname-outline": Facet(
            _NAMES[1:], "first letter and consonants of the surname", person(lambda p: one(outline(p.surname or "")))
        ),
        "name-as-spelt": Facet(
            _NAMES, "first given name, all given names or surname, as spelt", person(v.names_as_spelt)
        ),
        "name-sound": Facet(_NAMES, "sound of either name", person(v.name_sounds)),
        "both-letters": Facet(
            _NAMES, "letters of both names, in no order", person(partial(v.both_names, form=letters))
        ),
        "both-outlines": Facet(
            _NAMES,
            "first letters and consonants of both names, in no order",
            person(partial(v.both_names, form=outline)),
        ),
        "both-initials": Facet(
            _NAMES, "initials of both names, in no order", person(partial(v.both_names, form=v.initial))
        ),
        "birth-day": Facet(_BIRTH, "date of birth", person(v.birth_day)),
        "birth-day-any-order": Facet(_BIRTH, "date of birth, day and month in no order", person(v.birth_in_any_order)),
        "birth-months": Facet(_BIRTH, "year and month of birth, or the month before or after", person(v.birth_months)),
        "birth-years-any-decade": Facet(
            _BIRTH,
            "last digit of the year of birth, or of the year before or after",
            person(v.birth_years_of_any_decade),
        ),
        "town-sound": Facet(("home.town",), "sound of the town, spelt right", person(partial(v.town, form=sound))),
        "town-outline": Facet(
            ("home.town",),
            "first letter and consonants of the town, spelt right",
            person(partial(v.town, form=outline)),
        ),
        "street-outline": Facet(
            ("home.street",), "first letter and consonants of the street without its last word", person(v.street)
        ),
        "door": Facet(("home.number",), "house number or name", person(v.door)),
        "postcode": Facet(("home.postcode",), "postcode", person(v.postcode)),
        "home-uprn": Facet(
            ("home.uprn",), "property reference", person(lambda p: identifier("uprn", p.home.uprn if p.home else None))
        ),
        "email": Facet(("emails",), "e-mail address", person(lambda p: unique(map(str.casefold, p.emails)))),
        "mailbox": Facet(("emails",), "what stands before the @, if 4 characters or more", person(v.mailboxes)),
        "mail-consonants": Facet(
            ("emails",),
            "consonants and digits before and after the @, not of public providers",
            person(v.mail_consonants),
        ),
        "mail-characters": Facet(
            ("emails",),
            "letters and digits of the e-mail address, in no order, not of public providers",
            person(v.mail_characters),
        ),
        "phone": Facet(
            ("phones",),
            "telephone number, E.164",
            person(lambda p: unique(value for phone in p.phones for value in identifier("phone", phone))),
        ),
        "pnc-id": Facet(("pnc_id",), "PNC identifier", person(lambda p: identifier("pnc-id", p.pnc_id))),
        "cro-number": Facet(("cro_number",), "CRO number", person(lambda p: identifier("cro-number", p.cro_number))),
        "driver-number": Facet(
            ("driver_number",), "driver number", person(lambda p: identifier("driver-number", p.driver_number))
        ),
    }
)

OBJECT_FACETS: Mapping[str, Facet] = MappingProxyType(
    {
        "vrm": Facet(("vrm",), "registration mark", thing(lambda o: identifier("vrm", o.vrm))),
        "vin": Facet(("vin",), "vehicle identification number", thing(lambda o: identifier("vin", o.vin))),
        "imei": Facet(("imei",), "handset identity", thing(lambda o: identifier("imei", o.imei))),
        "phone": Facet(
            ("phone_number",), "telephone number, E.164", thing(lambda o: identifier("phone", o.phone_number))
        ),
        "serial-number": Facet(
            ("serial_number",), "serial number, 5 characters or more", thing(lambda o: v.number(o.serial_number))
        ),
    }
)

LOCATION_FACETS: Mapping[str, Facet] = MappingProxyType(
    {
        "place-name": Facet(("name",), "name of the place", place(v.place_name)),
        "area": Facet(
            ("area_code", "area_name"),
            "code and name of the area",
            place(lambda x: unique((fold(x.area_code or ""), fold(x.area_name or "")))),
        ),
        "town-sound": Facet(
            ("address.town", "area_name"), "sound of the town, spelt right", place(partial(v.town, form=sound))
        ),
        "street-name": Facet(
            ("address.street",),
            "street",
            place(lambda x: one(fold((x.address.street if x.address else None) or ""))),
        ),
        "door": Facet(("address.number",), "house number or name", place(v.door)),
        "postcode": Facet(("address.postcode",), "postcode", place(v.postcode)),
        "uprn": Facet(
            ("address.uprn",),
            "property reference",
            place(lambda x: identifier("uprn", x.address.uprn if x.address else None)),
        ),
        "point": Facet(("latitude", "longitude"), "latitude and longitude, each to 4 decimals", place(v.rounded_point)),
        "grid-square": Facet(("easting", "northing"), "10 m square of the national grid", place(v.grid_square)),
    }
)

EVENT_FACETS: Mapping[str, Facet] = MappingProxyType(
    {
        "crime-reference": Facet(
            ("crime_reference",), "crime reference", event(lambda e: identifier("crime-reference", e.crime_reference))
        ),
        "report-urn": Facet(("urn",), "reference of an intelligence report", event(lambda e: v.number(e.urn))),
    }
)

FACETS: Mapping[Kind, Mapping[str, Facet]] = MappingProxyType(
    {
        Kind.PERSON: PERSON_FACETS,
        Kind.OBJECT: OBJECT_FACETS,
        Kind.LOCATION: LOCATION_FACETS,
        Kind.EVENT: EVENT_FACETS,
    }
)
