"""What of a person is compared: one row of plain columns, made in one place for search, training and linking alike."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ndsc.matching.names import fold, fold_street, fold_words, given_forms, sound
from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address, Person

_FREQUENCIES = Path(__file__).parent / "models" / "name-frequencies.json"


class Features(NamedTuple):
    """The comparison columns of a person. ``None`` means not recorded; it never counts for or against a match."""

    given_name: str | None = None
    middle_name: str | None = None
    surname: str | None = None
    given_forms: tuple[str, ...] | None = None
    surnames: tuple[str, ...] | None = None
    given_sound: str | None = None
    surname_sound: str | None = None
    birth: str | None = None
    birth_full: str | None = None
    birth_swapped: str | None = None
    sex: str | None = None
    postcode: str | None = None
    house_number: str | None = None
    street: str | None = None
    town: str | None = None
    phones: tuple[str, ...] | None = None
    email: str | None = None
    emails: tuple[str, ...] | None = None
    email_users: tuple[str, ...] | None = None
    pnc_id: str | None = None
    cro_number: str | None = None
    driver_number: str | None = None
    tf_given_name: float | None = None
    tf_surname: float | None = None


LISTS = frozenset({"given_forms", "surnames", "phones", "emails", "email_users"})
NUMBERS = frozenset({"tf_given_name", "tf_surname"})
NOTHING = Features()


def features_of(person: Person) -> Features:
    """The comparison columns of a person as one source knows them."""
    given, surname = _folded(person.given_name), _folded(person.surname)
    emails = _folded_list(tuple(email.strip().casefold() for email in person.emails))
    return Features(
        given_name=given,
        middle_name=next(iter(fold_words(person.middle_names)), None) if person.middle_names else None,
        surname=surname,
        given_forms=given_forms(given) if given else None,
        surnames=_surnames(person),
        given_sound=sound(given) if given else None,
        surname_sound=sound(surname) if surname else None,
        sex=_sex(person.sex),
        phones=_folded_list(person.phones),
        email=emails[0] if emails else None,
        emails=emails,
        email_users=_email_users(emails),
        pnc_id=_folded(person.pnc_id),
        cro_number=_folded(person.cro_number),
        driver_number=_folded(person.driver_number),
        tf_given_name=frequency("given_name", given),
        tf_surname=frequency("surname", surname),
        **_birth(person.date_of_birth),
        **_home(person.home),
    )


def _folded(text: str | None) -> str | None:
    return (fold(text) or None) if text else None


def _folded_list(values: tuple[str, ...]) -> tuple[str, ...] | None:
    return tuple(dict.fromkeys(values)) or None


def _email_users(emails: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return tuple(dict.fromkeys(email.partition("@")[0] for email in emails)) if emails else None


def _surnames(person: Person) -> tuple[str, ...] | None:
    """Every family name in use: present, previous, and both halves of a double-barrelled one."""
    names: list[str] = []
    for name in (person.surname, person.previous_surname):
        if name:
            parts = fold_words(name)
            names += [fold(name), *(part for part in parts if len(part) > 2)]
    return tuple(dict.fromkeys(filter(None, names))) or None


def _birth(date: PartialDate | None) -> dict[str, str | None]:
    if date is None:
        return {}
    swapped = date.day_and_month_swapped()
    full = str(date) if date.is_full else None
    return {"birth": str(date), "birth_full": full, "birth_swapped": str(swapped) if swapped else None}


def _home(home: Address | None) -> dict[str, str | None]:
    if home is None:
        return {}
    return {
        "postcode": _folded(home.postcode),
        "house_number": _folded(home.number),
        "street": (fold_street(home.street) or None) if home.street else None,
        "town": _folded(home.town),
    }


_SEXES = {"1": "m", "m": "m", "male": "m", "2": "f", "f": "f", "female": "f"}
"""The CJS codes (1 male, 2 female) and the letters and words that stand for them."""


def _sex(code: str | None) -> str | None:
    """Only male and female are compared; any other code is as good as not recorded."""
    return _SEXES.get(code.casefold()) if code else None


@cache
def _frequency_tables() -> dict[str, dict[str, float]]:
    document = json.loads(_FREQUENCIES.read_text(encoding="utf-8"))
    return {column: document[column] for column in ("given_name", "surname")}


@cache
def _rarest(column: str) -> float:
    return min(_frequency_tables()[column].values())


def frequency(column: str, value: str | None) -> float | None:
    """How common a name is, as a share of people (0 to 1); an unlisted one is as rare as the rarest listed."""
    if value is None:
        return None
    return _frequency_tables()[column].get(value, _rarest(column))
