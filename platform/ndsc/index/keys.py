"""The one table that says which index keys a record gives, for each POLE kind.

A key is a rule's name with one value of each of its facets. Every key is exact, so finding it is a lookup, and every
rule tells people apart by itself: ``bits`` is how much, so that about ``60 million / 2 ** bits`` of the population
share a key. No rule stands on a common value (a name, a town, a year) alone; 20 bits is the least that is let in.

A query is a partial body and gives its keys by the same table.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ndsc.index.canonical import canonical_bytes
from ndsc.index.facets import FACETS
from ndsc.index.values import Values
from ndsc.model.pole import Body, Kind

MAX_KEYS = 60
"""No record gives more keys than this, however many aliases, telephones and addresses it has."""

LEAST_BITS = 20

TABLE = 2
"""Number of this table: whatever gives any record other keys gives it the next one.

A node whose tokens were made by another table makes them anew with whatever indexes or serves it next.
"""


class IndexKey(NamedTuple):
    """One key of a record: the rule that it comes from, and the canonical bytes that become a token."""

    rule: str
    canonical: bytes


@dataclass(frozen=True, slots=True)
class KeyRule:
    """A key is made for each combination of its facets' values; none, if one of them has no value."""

    name: str
    kind: Kind
    facets: tuple[str, ...]
    bits: int
    why: str


_PERSON = (
    # name, facets, bits, why
    ("birth-surname", ("birth-day", "surname-sound"), 22, "spelling of the surname, given name missing or changed"),
    (
        "birth-name",
        ("birth-day-any-order", "name-as-spelt"),
        21,
        "one name wrong, names swapped, day and month swapped",
    ),
    ("birth-initials", ("birth-day", "both-initials"), 22, "both names misspelt, names swapped"),
    ("birth-months-names", ("birth-months", "both-letters"), 23, "only the month of birth known, or wrong by one"),
    ("birth-town", ("birth-day", "town-outline"), 22, "both names changed"),
    ("birth-postcode", ("birth-day", "postcode"), 34, "both names changed"),
    ("names-town", ("both-outlines", "town-outline"), 22, "date of birth missing or wrong, letters or names swapped"),
    (
        "surname-town-birth-months",
        ("surname-outline", "town-outline", "birth-months"),
        24,
        "given name missing or changed, only the month of birth known, or wrong by one",
    ),
    ("name-street", ("name-sound", "town-sound", "street-outline"), 22, "date of birth and one name wrong"),
    ("name-door", ("name-sound", "postcode", "door"), 29, "date of birth, one name and the street wrong"),
    ("home", ("home-uprn", "name-sound"), 31, "the same property under one of the names"),
    ("email", ("email",), 26, "everything else missing"),
    ("email-letters", ("mail-consonants",), 20, "an e-mail address with letters swapped or doubled"),
    (
        "email-birth-years",
        ("birth-years-any-decade", "mail-characters"),
        20,
        "an e-mail address with letters in the wrong place, year of birth mistyped",
    ),
    ("mailbox-name", ("name-sound", "mailbox"), 22, "the mailbox kept, the provider changed"),
    ("phone", ("phone",), 26, "also finds the telephone itself"),
    ("pnc-id", ("pnc-id",), 26, "identifier"),
    ("cro-number", ("cro-number",), 26, "identifier"),
    ("driver-number", ("driver-number",), 26, "identifier"),
)
_OBJECT = (
    ("vrm", ("vrm",), 25, "identifier"),
    ("vin", ("vin",), 26, "identifier"),
    ("imei", ("imei",), 26, "identifier"),
    ("phone", ("phone",), 26, "also finds the people who use it"),
    ("serial-number", ("serial-number",), 20, "identifier"),
)
_LOCATION = (
    ("place-area", ("place-name", "area"), 24, "a named place in a small area"),
    ("place-town", ("place-name", "town-sound"), 20, "a named place as an officer asks for it"),
    ("place-door", ("postcode", "door"), 24, "a house"),
    ("place-postcode", ("postcode",), 20, "some fifteen addresses"),
    ("place-street", ("door", "street-name", "town-sound"), 22, "a house whose postcode is not known"),
    ("uprn", ("uprn",), 26, "identifier"),
    ("point", ("point",), 24, "coordinates"),
    ("grid-square", ("grid-square",), 24, "coordinates"),
)
_EVENT = (
    ("crime-reference", ("crime-reference",), 24, "identifier"),
    ("report-urn", ("report-urn",), 24, "identifier"),
)

KEY_RULES: tuple[KeyRule, ...] = tuple(
    KeyRule(name, kind, facets, bits, why)
    for kind, rules in (
        (Kind.PERSON, _PERSON),
        (Kind.OBJECT, _OBJECT),
        (Kind.LOCATION, _LOCATION),
        (Kind.EVENT, _EVENT),
    )
    for name, facets, bits, why in rules
)
"""Every rule. Two kinds may share a rule's name, and then equal values give equal keys: a telephone and its user."""

_BY_KIND = {kind: tuple(rule for rule in KEY_RULES if rule.kind is kind) for kind in Kind}


def keys_of(body: Body) -> list[IndexKey]:
    """The keys that a record, or a query, gives: each once, in the order of the table, ``MAX_KEYS`` at most."""
    kind: Kind = body.kind  # type: ignore[attr-defined]  # every body that can be made has one
    known = {name: facet.values(body) for name, facet in FACETS[kind].items()}
    found: dict[bytes, IndexKey] = {}
    for rule in _BY_KIND[kind]:
        for parts in _combinations(rule, known):
            key = IndexKey(rule.name, canonical_bytes(rule.name, parts))
            found.setdefault(key.canonical, key)
    return list(found.values())[:MAX_KEYS]


def _combinations(rule: KeyRule, known: Mapping[str, Values]) -> itertools.product[tuple[str, ...]]:
    return itertools.product(*(known[facet] for facet in rule.facets))


def usable(keys: Sequence[IndexKey]) -> bool:
    """Whether a query can be looked up at all: a forename alone gives no key."""
    return bool(keys)
