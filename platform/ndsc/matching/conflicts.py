"""Where records of one group contradict each other: shown with who says what, never merged away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ndsc.matching.describing import address_in_words
from ndsc.matching.names import fold
from ndsc.model.pole import AnyBody, Kind, Person

Show = Callable[[AnyBody], str | None]


class Conflict(NamedTuple):
    """An attribute, and each value it has with the ids of the records that say so."""

    attribute: str
    values: dict[str, tuple[str, ...]]


def _plain(name: str) -> Show:
    def show(body: AnyBody) -> str | None:
        value = getattr(body, name)
        return str(value) if value is not None else None

    return show


def _home(body: AnyBody) -> str | None:
    return (address_in_words(body.home) or None) if isinstance(body, Person) and body.home else None


_ATTRIBUTES: Mapping[Kind, Mapping[str, Show]] = {
    Kind.PERSON: {
        "given name": _plain("given_name"),
        "surname": _plain("surname"),
        "date of birth": _plain("date_of_birth"),
        "sex": _plain("sex"),
        "home": _home,
        "PNC ID": _plain("pnc_id"),
        "CRO number": _plain("cro_number"),
        "driver number": _plain("driver_number"),
        "nationality": _plain("nationality"),
        "place of birth": _plain("place_of_birth"),
    },
    Kind.OBJECT: {
        "registration mark": _plain("vrm"),
        "VIN": _plain("vin"),
        "IMEI": _plain("imei"),
        "make": _plain("make"),
        "model": _plain("model"),
        "colour": _plain("colour"),
    },
    Kind.LOCATION: {"name": _plain("name"), "area": _plain("area_code")},
    Kind.EVENT: {
        "crime reference": _plain("crime_reference"),
        "date": _plain("occurred"),
        "crime type": _plain("crime_type"),
        "offence": _plain("offence_code"),
        "outcome": _plain("outcome"),
    },
}
_DATES = frozenset({"date of birth", "date"})


def conflicts_of(kind: Kind, records: Iterable[tuple[str, AnyBody]]) -> tuple[Conflict, ...]:
    """The attributes on which the records (id, body) of one group differ.

    A date known to the year does not contradict one known to the day in that year, nor does case or an accent.
    """
    listed = list(records)
    found = []
    for attribute, show in _ATTRIBUTES[kind].items():
        values: dict[str, list[str]] = {}
        for identity, body in listed:
            value = show(body)
            if value is not None:
                values.setdefault(value, []).append(identity)
        if _contradict(list(values), attribute in _DATES):
            found.append(Conflict(attribute, {value: tuple(ids) for value, ids in values.items()}))
    return tuple(found)


def _contradict(values: list[str], dates: bool) -> bool:
    if len(values) < 2:
        return False
    if dates:
        fullest = max(values, key=len)
        return not all(fullest.startswith(value) for value in values)
    return len({fold(value) for value in values}) > 1
