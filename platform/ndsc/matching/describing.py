"""Short plain words for a body and for its values, as a person would say them."""

from __future__ import annotations

from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address, AnyBody, Body, Event, Location, Object, Person

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def date_in_words(date: PartialDate) -> str:
    """``9 March 1987``, ``March 1987`` or ``1987``."""
    month = _MONTHS[date.month - 1] if date.month else ""
    return " ".join(str(part) for part in (date.day, month, date.year) if part)


def address_in_words(address: Address) -> str:
    """``12 High Street, Cardiff, CF10 1EP``, as far as known."""
    street = " ".join(part for part in (address.number, address.street) if part)
    return ", ".join(part for part in (street, address.town, address.postcode) if part)


def name_in_words(person: Person) -> str:
    """Given and family name, or what there is of them."""
    return " ".join(part for part in (person.given_name, person.surname) if part) or "Name not recorded"


def names_told(person: Person) -> int:
    """How many of given and family name are recorded."""
    return sum(bool(part) for part in (person.given_name, person.surname))


def absences_in_words(body: Body) -> str:
    """``date of birth unknown, no home``: what was asked and is not known, and what is known not to be."""
    said = ((name.replace("_", " "), why) for name, why in body.absent.items())
    return ", ".join(f"{name} unknown" if why == "unknown" else f"no {name}" for name, why in said)


def describe(body: AnyBody) -> str:
    """One line that says whom or what a record is about."""
    if isinstance(body, Person):
        born = f", born {date_in_words(body.date_of_birth)}" if body.date_of_birth else ""
        return name_in_words(body) + born
    if isinstance(body, Object):
        return _object(body)
    if isinstance(body, Location):
        return body.name or (address_in_words(body.address) if body.address else "") or "Place not described"
    return _event(body)


def describe_query(query: AnyBody) -> str:
    """One line that says what was asked for: of what has no name, its numbers and places."""
    if isinstance(query, Person) and not names_told(query):
        numbers = [f"PNC {query.pnc_id}" if query.pnc_id else "", f"CRO {query.cro_number}" if query.cro_number else ""]
        home = address_in_words(query.home) if query.home else ""
        born = f"born {date_in_words(query.date_of_birth)}" if query.date_of_birth else ""
        said = ", ".join(part for part in (*numbers, *query.phones, *query.emails, home, born) if part)
        return said or describe(query)
    if isinstance(query, Location) and not query.name:
        address = address_in_words(query.address) if query.address else ""
        uprn = f"UPRN {query.address.uprn}" if query.address and query.address.uprn else ""
        return ", ".join(part for part in (address, uprn, query.area_name) if part) or describe(query)
    return describe(query)


def _object(body: Object) -> str:
    number = body.vrm or body.phone_number or body.imei or body.vin or body.serial_number
    looks = body.description or " ".join(part for part in (body.colour, body.make, body.model) if part)
    if number and looks:
        return f"{number} ({looks})"
    return number or looks or body.category.capitalize()


def _event(body: Event) -> str:
    what = body.title or body.crime_type or body.category.replace("-", " ").capitalize()
    parts = [what, body.crime_reference or body.urn, date_in_words(body.occurred) if body.occurred else None]
    return ", ".join(part for part in parts if part)
