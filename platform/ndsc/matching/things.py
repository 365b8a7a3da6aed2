"""Scores what is not a person: an exact identifier decides, and the rest speaks a little for or against.

Vehicles, phones, places and events have identifiers that people have not, so there is nothing to learn from data: the
weights below are judgements, in bits, and each is on its own line to be argued with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ndsc.matching.names import fold
from ndsc.matching.score import Compared, Score, probability_of
from ndsc.model.pole import Body, Event, Kind, Location, Object

PRIOR = -14.0
"""Match weight of two things of which nothing is known."""

Read = Callable[[Body], str | None]


class Rule(NamedTuple):
    """What a shared value, and two different ones, say: weights in bits."""

    name: str
    read: Read
    same: float
    different: float


def _stated(body: Body, name: str) -> str | None:
    value = getattr(body, name)
    return (fold(str(value)) or None) if value is not None else None


def _field(name: str) -> Read:
    return lambda body: _stated(body, name)


def _category(body: Body) -> str | None:
    """The category if somebody stated it: a query by a reference alone has only the model's default."""
    return _stated(body, "category") if "category" in body.model_fields_set else None


def _uprn(body: Body) -> str | None:
    address = body.address if isinstance(body, Location) else None
    return (address.uprn.lstrip("0") or None) if address and address.uprn else None


def _house(body: Body) -> str | None:
    address = body.address if isinstance(body, Location) else None
    if address is None or not address.number or not (address.postcode or address.street):
        return None
    return fold(address.number) + "|" + fold(address.postcode or address.street or "")


def _postcode(body: Body) -> str | None:
    address = body.address if isinstance(body, Location) else None
    return fold(address.postcode) if address and address.postcode else None


def _point(body: Body) -> str | None:
    """A point to about a metre: five decimals of a degree of latitude."""
    if not isinstance(body, Location) or body.latitude is None or body.longitude is None:
        return None
    return f"{body.latitude:.5f},{body.longitude:.5f}"


RULES: Mapping[Kind, Sequence[Rule]] = {
    Kind.OBJECT: (
        Rule("category", _category, 2.0, -30.0),
        Rule("registration mark", _field("vrm"), 20.0, -8.0),
        Rule("VIN", _field("vin"), 24.0, -12.0),
        Rule("IMEI", _field("imei"), 24.0, -8.0),
        Rule("telephone number", _field("phone_number"), 20.0, -12.0),
        Rule("serial number", _field("serial_number"), 18.0, -8.0),
        Rule("make", _field("make"), 2.0, -4.0),
        Rule("model", _field("model"), 3.0, -3.0),
        Rule("colour", _field("colour"), 2.0, -2.0),
    ),
    Kind.LOCATION: (
        Rule("UPRN", _uprn, 26.0, -20.0),
        Rule("house", _house, 20.0, -14.0),
        Rule("point", _point, 14.0, -4.0),
        Rule("name", _field("name"), 8.0, -3.0),
        Rule("postcode", _postcode, 6.0, -6.0),
        Rule("area", _field("area_code"), 3.0, -4.0),
    ),
    Kind.EVENT: (
        Rule("category", _category, 1.0, -20.0),
        Rule("crime reference", _field("crime_reference"), 24.0, -24.0),
        Rule("report number", _field("urn"), 24.0, -24.0),
        Rule("moment", _field("occurred_at"), 6.0, -3.0),
        Rule("date", _field("occurred"), 4.0, -8.0),
        Rule("offence", _field("offence_code"), 4.0, -4.0),
        Rule("crime type", _field("crime_type"), 3.0, -4.0),
        Rule("title", _field("title"), 3.0, -1.0),
    ),
}


Values = tuple[str | None, ...]
"""What the rules of a kind read out of a body, in their order."""


def values_of(body: Object | Location | Event) -> Values:
    """What is compared of a thing."""
    return tuple(rule.read(body) for rule in RULES[body.kind])


def score_things(kind: Kind, left: Values, right: Values) -> Score:
    """Score two things of one kind by the values that :func:`values_of` read."""
    compared = tuple(_compare(rule, mine, theirs) for rule, mine, theirs in zip(RULES[kind], left, right, strict=True))
    weight = PRIOR + sum(outcome.weight for outcome in compared)
    return Score(probability_of(weight), weight, compared)


def _compare(rule: Rule, mine: str | None, theirs: str | None) -> Compared:
    if mine is None or theirs is None:
        return Compared(rule.name, "Not compared", -1, 0.0)
    if mine == theirs:
        return Compared(rule.name, "Same", 1, rule.same)
    return Compared(rule.name, "Different", 0, rule.different)
