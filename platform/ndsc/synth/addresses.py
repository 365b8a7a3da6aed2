"""Addresses that cannot be anybody's: towns are real, streets are made up, and no postcode area here exists.

A postcode such as ``CC10 4LD`` has the right shape, and ``CC`` is no postcode area of the United Kingdom (124 are), the
crown dependencies or the forces' post; ``REAL_AREAS`` is the list, and a test holds the one against the other.
"""

from __future__ import annotations

import random
from functools import cache

from ndsc.model.pole import Address
from ndsc.synth.draws import one_of
from ndsc.synth.shipped import table

REAL_AREAS = frozenset(row["area"] for row in table("postcode_areas"))
"""Every postcode area in use in the United Kingdom and the crown dependencies, and the special ones."""

_INWARD = "ABDEFGHJLNPQRSTUWXYZ"


@cache
def _words(part: str) -> tuple[str, ...]:
    return tuple(row["word"] for row in table("streets") if row["part"] == part)


@cache
def _places(force: str) -> tuple[tuple[str, str], ...]:
    found = tuple((row["town"], row["area"]) for row in table("places") if row["force"] == force)
    return found or tuple((row["town"], row["area"]) for row in table("places"))


def address(chance: random.Random, force: str) -> Address:
    """A home in that force's area, which no postman could find."""
    town, area = one_of(chance, _places(force))
    street = f"{one_of(chance, _words('first'))}{one_of(chance, _words('second'))} {one_of(chance, _words('kind'))}"
    number = str(1 + int(chance.random() ** 2 * 180)) + ("A" if chance.random() < 0.04 else "")
    inward = one_of(chance, _INWARD) + one_of(chance, _INWARD)
    postcode = f"{area}{1 + int(chance.random() * 29)} {int(chance.random() * 10)}{inward}"
    return Address(number=number, street=street, town=town, postcode=postcode)
