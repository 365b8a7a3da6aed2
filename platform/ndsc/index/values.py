"""How the values of facets are read from a body: each function normalises a few attributes of one POLE entity.

Values that many share, such as a public mail provider's name, are left out here, so that no key can hold one alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ndsc.index.canonical import characters, consonants_and_digits, fold, outline, sound
from ndsc.index.towns import spelt_right
from ndsc.model.identifiers import IDENTIFIERS, InvalidIdentifierError
from ndsc.model.pole import Body, Event, Location, Object, Person

Values = tuple[str, ...]
_SHORTEST_NUMBER = 5
_SHORTEST_MAILBOX = 4
_AREA_NUMBER = re.compile(r"\s+\d{3}[A-Z]$", re.ASCII)
_NEAR = re.compile(r"^\s*on or near\s+", re.IGNORECASE)
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_PUBLIC_MAIL = frozenset(
    {
        "gmail",
        "googlemail",
        "hotmail",
        "outlook",
        "yahoo",
        "ymail",
        "icloud",
        "live",
        "msn",
        "aol",
        "me",
        "mac",
        "proton",
    }
    | {"protonmail", "btinternet", "sky", "virginmedia", "talktalk", "ntlworld", "blueyonder", "tiscali", "mail", "gmx"}
    | {"example"}  # RFC 2606
)


def one(text: str | None) -> Values:
    """A facet's values: the text, or none."""
    return (text,) if text else ()


def identifier(name: str, text: str | None) -> Values:
    """An identifier in its canonical form; one that does not parse stands as its letters and digits, if long enough."""
    if not text:
        return ()
    if name == "phone" and _E164.fullmatch(text):
        return (text,)
    try:
        return (IDENTIFIERS[name].normalise(text),)
    except InvalidIdentifierError:
        return number(text)


def number(text: str | None) -> Values:
    """The letters and digits of a number that has no known form, if it is long enough to mean one thing."""
    plain = fold(text or "")
    return (plain,) if len(plain) >= _SHORTEST_NUMBER and any(map(str.isdigit, plain)) else ()


def person(read: Callable[[Person], Values]) -> Callable[[Body], Values]:
    """A facet of people alone."""
    return lambda body: read(body) if isinstance(body, Person) else ()


def thing(read: Callable[[Object], Values]) -> Callable[[Body], Values]:
    """A facet of objects alone."""
    return lambda body: read(body) if isinstance(body, Object) else ()


def place(read: Callable[[Location], Values]) -> Callable[[Body], Values]:
    """A facet of locations alone."""
    return lambda body: read(body) if isinstance(body, Location) else ()


def event(read: Callable[[Event], Values]) -> Callable[[Body], Values]:
    """A facet of events alone."""
    return lambda body: read(body) if isinstance(body, Event) else ()


def surname_sounds(body: Person) -> Values:
    """Of the surname, of each part of a double-barrelled one, of a previous one, and of each alias's last word."""
    names = [body.surname or "", body.previous_surname or ""]
    names += [part for part in re.split(r"[\s-]+", body.surname or "") if len(part) > 2]
    names += [alias.split()[-1] for alias in body.aliases if len(alias.split()) > 1]
    return unique(sound(name) for name in names)


def name_sounds(body: Person) -> Values:
    """Of the given name and of the surname, whichever is which."""
    return unique((sound(body.given_name or ""), sound(body.surname or "")))


def both_names(body: Person, form: Callable[[str], str]) -> Values:
    """Both names in one form and in no order, so that a swapped pair is the same pair; none if one is missing."""
    pair = sorted((form(body.given_name or ""), form(body.surname or "")))
    return (" ".join(pair),) if pair[0] else ()


def names_as_spelt(body: Person) -> Values:
    """The first given name, all given names together, and the surname, whichever is which."""
    first = (body.given_name or "").split()[:1]
    return unique(map(fold, (*first, body.given_name or "", body.surname or "")))


def initial(text: str) -> str:
    """The first letter."""
    return fold(text)[:1]


def birth_day(body: Person) -> Values:
    """The date of birth, if it is known to the day."""
    known = body.date_of_birth
    return () if known is None or known.day is None else (str(known),)


def birth_months(body: Person) -> Values:
    """The month of birth with the one before and with the one after: neighbouring months share one of the two."""
    known = body.date_of_birth
    if known is None or known.month is None:
        return ()
    month = known.year * 12 + known.month - 1
    return tuple(f"{n // 12:04d}-{n % 12 + 1:02d}+" for n in (month - 1, month))


def birth_years_of_any_decade(body: Person) -> Values:
    """The last digit of the year of birth, with the one before and with the one after."""
    known = body.date_of_birth
    return () if known is None else tuple(f"{n % 10}+" for n in (known.year - 1, known.year))


def birth_in_any_order(body: Person) -> Values:
    """The date of birth with day and month in order of size: the same for both ways to type it."""
    known = body.date_of_birth
    if known is None or known.day is None or known.month is None:
        return ()
    first, second = sorted((known.month, known.day))
    return (f"{known.year:04d} {first:02d} {second:02d}",)


def street(body: Person | Location) -> Values:
    """The outline of the street without its last word, which is its type and often abbreviated: Road, Rd, Close."""
    address = body.home if isinstance(body, Person) else body.address
    words = ((address.street if address else None) or "").split()
    return one(outline(" ".join(words[:-1] or words)))


def town(body: Person | Location, form: Callable[[str], str]) -> Values:
    """The town as it is spelt; for a location without one, the name of its area without the area's number."""
    address = body.home if isinstance(body, Person) else body.address
    named = address.town if address else None
    if not named and isinstance(body, Location):
        named = _AREA_NUMBER.sub("", body.area_name or "")
    return one(form(spelt_right(named or "")))


def place_name(body: Location) -> Values:
    """What the place is called, without the words by which a published point says that it was moved."""
    return one(fold(_NEAR.sub("", body.name or "")))


def door(body: Person | Location) -> Values:
    """House number or name."""
    address = body.home if isinstance(body, Person) else body.address
    return one(fold((address.number if address else None) or ""))


def postcode(body: Person | Location) -> Values:
    """The postcode's letters and digits; its shape does not matter, so other countries' serve as well."""
    address = body.home if isinstance(body, Person) else body.address
    return one(fold((address.postcode if address else None) or ""))


def mailboxes(body: Person) -> Values:
    """What stands before the ``@``, lower case, if it is not too short to mean one person."""
    boxes = (address.casefold().partition("@")[0].strip() for address in body.emails)
    return unique(box for box in boxes if len(box) >= _SHORTEST_MAILBOX)


def private_addresses(body: Person) -> Values:
    """E-mail addresses whose host is not a public provider's: there the letters alone say little."""
    return tuple(
        address.casefold()
        for address in body.emails
        if fold(address.rpartition("@")[2].split(".")[0]) not in _PUBLIC_MAIL
    )


def mail_consonants(body: Person) -> Values:
    """The consonants and digits before and after the ``@``."""
    parts = (address.partition("@") for address in private_addresses(body))
    return unique(f"{consonants_and_digits(box)}@{consonants_and_digits(host)}" for box, _, host in parts)


def mail_characters(body: Person) -> Values:
    """The letters and digits of the whole address, in whatever order they were typed."""
    return unique(characters(address) for address in private_addresses(body))


def unique(values: Iterable[str]) -> Values:
    """Those that are not empty, each once, in their order."""
    return tuple(dict.fromkeys(value for value in values if value))


def rounded_point(body: Location) -> Values:
    """Latitude and longitude to 4 decimals, some 10 m; published points are snapped, so they repeat exactly."""
    if body.latitude is None or body.longitude is None:
        return ()
    return (f"{body.latitude + 0.0:.4f} {body.longitude + 0.0:.4f}",)


def grid_square(body: Location) -> Values:
    """The 10 m square of the national grid."""
    if body.easting is None or body.northing is None:
        return ()
    return (f"{body.easting // 10} {body.northing // 10}",)
