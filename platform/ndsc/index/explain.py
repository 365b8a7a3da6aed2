"""The table of keys in words, made from the rules themselves: for the reference page, and for a query without a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ndsc.index.facets import FACETS
from ndsc.index.keys import KEY_RULES, KeyRule
from ndsc.model.pole import AnyBody, Object, Person

_MOST_TOGETHER = 5
"""Sets of several details that a sentence names at most."""

_DETAIL = {
    "surname-sound": "a surname",
    "surname-outline": "a surname",
    "name-as-spelt": "a name",
    "name-sound": "a name",
    "birth-day": "a date of birth",
    "birth-day-any-order": "a date of birth",
    "birth-months": "a month of birth",
    "birth-years-any-decade": "a year of birth",
    "town-sound": "a town",
    "town-outline": "a town",
    "street-outline": "a street",
    "street-name": "a street",
    "door": "a house number",
    "postcode": "a postcode",
    "home-uprn": "a property reference",
    "uprn": "a property reference",
    "email": "an e-mail address",
    "mailbox": "an e-mail address",
    "mail-consonants": "an e-mail address",
    "mail-characters": "an e-mail address",
    "phone": "a telephone number",
    "pnc-id": "a PNC identifier",
    "cro-number": "a CRO number",
    "driver-number": "a driver number",
    "vrm": "a registration mark",
    "vin": "a vehicle identification number",
    "imei": "a handset identity",
    "serial-number": "a serial number of 5 characters or more",
    "place-name": "the name of the place",
    "area": "an area",
    "point": "coordinates",
    "grid-square": "coordinates",
    "crime-reference": "a crime reference",
    "report-urn": "the reference of an intelligence report",
}
"""What an officer would add for a facet; those of both names say which of the two is missing."""

_IDENTIFIES = {"vehicle": ("vrm", "vin"), "phone": ("phone", "imei")}
_NOUN = {"location": "a place", "event": "an event", "phone": "a telephone", "property": "an object"}


class KeyExplanation(NamedTuple):
    """One rule in words."""

    kind: str
    rule: str
    made_of: str
    attributes: tuple[str, ...]
    bits: int
    why: str


def explain() -> Iterator[KeyExplanation]:
    """Each rule, in the order of the table."""
    for rule in KEY_RULES:
        facets = [FACETS[rule.kind][name] for name in rule.facets]
        yield KeyExplanation(
            kind=rule.kind.value,
            rule=rule.name,
            made_of=" + ".join(facet.words for facet in facets),
            attributes=tuple(dict.fromkeys(name for facet in facets for name in facet.attributes)),
            bits=rule.bits,
            why=rule.why,
        )


def markdown() -> str:
    """The same as a table in Markdown."""
    lines = ["| kind | key | made of | bits | finds in spite of, or what it is |", "| --- | --- | --- | ---: | --- |"]
    lines += [f"| {row.kind} | `{row.rule}` | {row.made_of} | {row.bits} | {row.why} |" for row in explain()]
    return "\n".join(lines) + "\n"


def would_make_a_key(body: AnyBody) -> list[tuple[str, ...]]:
    """For a query without a key: what could be added, each by itself enough; fewest details first.

    What shares nothing with the query is left out, but for a detail that is enough alone.
    """
    lacking = [(rule, _lacking(rule, body)) for rule in KEY_RULES if rule.kind is body.kind and _is_about(rule, body)]
    touched = [(rule, words) for rule, words in lacking if len(words) == 1 or _touches(rule, body)] or lacking
    found = sorted(dict.fromkeys(words for _, words in touched), key=len)
    return [words for at, words in enumerate(found) if not any(set(less) < set(words) for less in found[:at])]


def no_key(body: AnyBody) -> str:
    """The same as a sentence about this query."""
    sought = body.category if isinstance(body, Object) else body.kind.value
    enough = would_make_a_key(body)
    alone = [words[0] for words in enough if len(words) == 1]
    together = [" and ".join(words) for words in enough if len(words) > 1][:_MOST_TOGETHER]
    adding = "; ".join(filter(None, (_either(alone), *together)))
    return f"Nothing in this query for {_NOUN.get(sought, f'a {sought}')} can be looked up in the index. Add {adding}."


def _lacking(rule: KeyRule, body: AnyBody) -> tuple[str, ...]:
    words: list[str] = []
    for name in rule.facets:
        if name.startswith("both-") and isinstance(body, Person):
            words += [] if body.given_name else ["a given name"]
            words += [] if body.surname else ["a surname"]
        elif not FACETS[rule.kind][name].values(body):
            words.append(_DETAIL[name])
    return tuple(dict.fromkeys(words))


def _is_about(rule: KeyRule, body: AnyBody) -> bool:
    return not isinstance(body, Object) or rule.name in _IDENTIFIES.get(body.category, ("serial-number",))


def _touches(rule: KeyRule, body: AnyBody) -> bool:
    if isinstance(body, Person) and any(name.startswith("both-") for name in rule.facets):
        return bool(body.given_name or body.surname)
    return any(FACETS[rule.kind][name].values(body) for name in rule.facets)


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else ""
