"""Why two records were taken for the same, or not, in plain words, the weightiest first."""

from __future__ import annotations

from collections.abc import Callable

from ndsc.matching.describing import address_in_words, date_in_words
from ndsc.matching.score import Compared, Score
from ndsc.model.pole import AnyBody, Person

_RARE = 2.0
"""Bits from which a name's rarity, or its commonness, is worth a word."""
_WORTH_SAYING = 0.5
"""Bits below which a comparison neither speaks for nor against."""

_WORDS = {
    ("given_name", "Same"): "same given name",
    ("given_name", "Short form"): "given name in a short or other form",
    ("given_name", "Spelt closely"): "given name nearly the same",
    ("given_name", "Elsewhere in the name"): "given name stands elsewhere in the other's name",
    ("given_name", "Same sound"): "same given name by sound",
    ("given_name", "Initial"): "given name fits the initial",
    ("given_name", "Spelt alike"): "given name spelt alike",
    ("given_name", "Different"): "different given name",
    ("surname", "Same"): "same surname",
    ("surname", "Another surname"): "one bears the other's previous or double surname",
    ("surname", "Spelt closely"): "surname nearly the same",
    ("surname", "Elsewhere in the name"): "surname and given name exchanged",
    ("surname", "Same sound"): "same surname by sound",
    ("surname", "Spelt alike"): "surname spelt alike",
    ("surname", "Different"): "different surname",
    ("date_of_birth", "Same"): "same date of birth",
    ("date_of_birth", "Day and month swapped"): "date of birth with day and month exchanged",
    ("date_of_birth", "One digit apart"): "date of birth one digit apart",
    ("date_of_birth", "As far as known"): "date of birth agrees as far as it is known",
    ("date_of_birth", "Two digits apart"): "date of birth two digits apart",
    ("date_of_birth", "Same year"): "born in the same year",
    ("date_of_birth", "Different"): "different date of birth",
    ("address", "Same house"): "same address",
    ("address", "Same house, written differently"): "same address, written differently",
    ("address", "Same street and postcode"): "same street and postcode",
    ("address", "Same postcode"): "same postcode",
    ("address", "Same street"): "same street",
    ("address", "Postcode one character apart"): "postcode one character apart",
    ("address", "Different"): "different address",
    ("town", "Same"): "same town",
    ("town", "Spelt closely"): "town nearly the same",
    ("town", "Different"): "different town",
    ("phone", "Same"): "a telephone number in common",
    ("phone", "Different"): "no telephone number in common",
    ("email", "Same"): "an e-mail address in common",
    ("email", "Same name, other provider"): "same e-mail name at another provider",
    ("email", "Spelt closely"): "e-mail address nearly the same",
    ("email", "Different"): "different e-mail address",
    ("identifier", "Same"): "same PNC, CRO or driver number",
    ("identifier", "One character apart"): "PNC, CRO or driver number one character apart",
    ("identifier", "Different"): "different PNC, CRO or driver number",
    ("sex", "Same"): "same recorded sex",
    ("sex", "Different"): "different recorded sex",
}


_SHOWN: dict[str, Callable[[Person], tuple[str | None, ...]]] = {
    "given_name": lambda person: (person.given_name,),
    "surname": lambda person: (person.surname,),
    "date_of_birth": lambda person: (date_in_words(person.date_of_birth) if person.date_of_birth else None,),
    "address": lambda person: (address_in_words(person.home) if person.home else None,),
    "town": lambda person: (person.home.town if person.home else None,),
    "phone": lambda person: person.phones,
    "email": lambda person: person.emails,
    "identifier": lambda person: (person.pnc_id, person.cro_number, person.driver_number),
}


def reasons_of(score: Score, left: AnyBody, right: AnyBody) -> tuple[str, ...]:
    """The comparisons that count, each as one phrase such as ``same surname by sound: Smyth / Smith``."""
    counted = [compared for compared in score.comparisons if compared.level >= 0]
    worth = [compared for compared in counted if abs(compared.weight) >= _WORTH_SAYING]
    worth.sort(key=lambda compared: -abs(compared.weight))
    return tuple(_phrase(compared, left, right) for compared in worth)


def _phrase(compared: Compared, left: AnyBody, right: AnyBody) -> str:
    if not isinstance(left, Person) or not isinstance(right, Person):
        return f"{compared.label.lower()} {compared.name}"
    words = _WORDS.get((compared.name, compared.label))
    words = words or f"{compared.name.replace('_', ' ')}: {compared.label.lower()}"
    return words + _values(compared.name, left, right) + _rarity(compared)


def _values(name: str, left: Person, right: Person) -> str:
    """Both sides' values; where there are several on a side, those in common, if any."""
    show = _SHOWN.get(name)
    if show is None:
        return ""
    mine, theirs = ([value for value in show(person) if value] for person in (left, right))
    common = [value for value in mine if value in theirs]
    if common:
        return f": {', '.join(common)}"
    sides = [", ".join(values) for values in (mine, theirs) if values]
    return f": {' / '.join(sides)}" if sides else ""


def _rarity(compared: Compared) -> str:
    if compared.rarity >= _RARE:
        return " (a rare name)"
    return " (a common name)" if compared.rarity <= -_RARE else ""
