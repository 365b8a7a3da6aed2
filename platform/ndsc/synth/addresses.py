"""Addresses that cannot be anybody's: half the towns are real, streets are made up, no postcode area here exists.

A postcode such as ``CC10 4LD`` has the right shape, and ``CC`` is no postcode area of the United Kingdom (124 are), the
crown dependencies or the forces' post; ``REAL_AREAS`` is the list, and a test holds the one against the other.
"""

from __future__ import annotations

import random
from functools import cache

from ndsc.model.pole import Address
from ndsc.synth.draws import Weighted, one_of
from ndsc.synth.shipped import table

REAL_AREAS = frozenset(row["area"] for row in table("postcode_areas"))
"""Every postcode area in use in the United Kingdom and the crown dependencies, and the special ones."""

_VILLAGES = 40  # of each force
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"


@cache
def _words(part: str) -> tuple[str, ...]:
    return tuple(row["word"] for row in table("streets") if row["part"] == part)


@cache
def _places(force: str) -> Weighted[tuple[str, str]]:
    """Towns of the force's area with their postcode area: a few real ones, where half live, and made-up villages."""
    real = [(row["town"], row["area"]) for row in table("places") if row["force"] == force]
    chance = random.Random(f"ndsc-synth:places:{force}")  # noqa: S311  # the same villages in every run
    villages = [
        (f"{one_of(chance, _words('first'))}{one_of(chance, _words('second'))}", one_of(chance, real)[1])
        for _ in range(_VILLAGES)
    ]
    return Weighted([(town, _VILLAGES / len(real)) for town in real] + [(village, 1) for village in villages])


def address(chance: random.Random, force: str) -> Address:
    """A home in that force's area, which no postman could find."""
    town, area = _places(force).draw(chance)
    street = f"{one_of(chance, _words('first'))}{one_of(chance, _words('second'))} {one_of(chance, _words('kind'))}"
    number = str(1 + int(chance.random() ** 2 * 180)) + ("A" if chance.random() < 0.04 else "")
    inward = one_of(chance, _INWARD) + one_of(chance, _INWARD)
    postcode = f"{area}{1 + int(chance.random() * 29)} {int(chance.random() * 10)}{inward}"
    return Address(number=number, street=street, town=town, postcode=postcode)
