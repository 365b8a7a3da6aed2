"""One synthetic person as they truly are, before any force writes them down.

Numbers are handed out by the person's place in the sequence, so that no two people share one; when a range is used up,
the people after it have none. So a telephone, a plate or a PNC ID never joins two people.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import date, timedelta

from ndsc.model.identifiers import cro, pnc_id
from ndsc.model.identifiers.phone import DRAMA_PREFIXES
from ndsc.model.pole import Address, Object
from ndsc.synth import names
from ndsc.synth.addresses import address
from ndsc.synth.draws import Weighted, one_of, scattered

_PHONE_PREFIXES = DRAMA_PREFIXES[:17]  # what a person may have: not freephone, premium rate or UK-wide
_PHONES = (len(_PHONE_PREFIXES) - 1) * 1000
_FIRST_PNC_SERIAL, _PNC_SERIALS = (
    9_001_000,
    999_000,
)  # serials above 9,000,000 are far above any year's; the story has the first
_FIRST_CRO_SERIAL, _CRO_SERIALS = 901_000, 99_000
_PLATE_LETTERS = "ABCDEFGHJKLMNOPRSTUVWXY".replace("I", "").replace("O", "")
_PLATES = len(_PLATE_LETTERS) ** 5
_MAKES: Weighted[tuple[str, str]] = Weighted(
    [
        (("Ford", "Fiesta"), 9), (("Ford", "Focus"), 8), (("Vauxhall", "Corsa"), 8), (("Vauxhall", "Astra"), 7),
        (("Volkswagen", "Golf"), 7), (("Volkswagen", "Polo"), 5), (("BMW", "3 Series"), 4), (("Audi", "A3"), 4),
        (("Nissan", "Qashqai"), 5), (("Nissan", "Micra"), 3), (("Toyota", "Yaris"), 4), (("Peugeot", "208"), 3),
        (("Renault", "Clio"), 4), (("Citroen", "C3"), 2), (("Skoda", "Octavia"), 3), (("Honda", "Civic"), 3),
        (("Kia", "Picanto"), 2), (("Hyundai", "i10"), 2), (("Ford", "Transit"), 3), (("Fiat", "500"), 3),
    ]
)  # fmt: skip
_COLOURS = ("Black", "White", "Grey", "Silver", "Blue", "Red", "Green")
_NATIONALITIES = {
    "GB": ("GBR", "GBR", "GBR", "IRL"),
    "SA": ("GBR", "GBR", "PAK", "IND", "BGD"),
    "AR": ("GBR", "SOM", "SYR", "IRQ", "IRN"),
    "AF": ("GBR", "NGA", "GHA", "ZWE"),
    "CB": ("GBR", "GBR", "JAM"),
    "EE": ("POL", "ROU", "UKR", "BGR", "LTU", "GBR"),
    "CN": ("GBR", "CHN", "VNM", "HKG"),
}
_ETHNICITIES = {
    "GB": ("W1", "W1", "W1", "W1", "W1", "W2", "M1", "M9"),
    "SA": ("A1", "A2", "A3", "A9"),
    "AR": ("O9", "B2", "A9"),
    "AF": ("B2", "B2", "B3"),
    "CB": ("B1", "B1", "M1"),
    "EE": ("W9",),
    "CN": ("O1", "A9"),
}
_YOUNGEST, _OLDEST = date(2009, 6, 30), date(1941, 1, 1)


@dataclass(frozen=True, slots=True)
class Identity:
    """A made-up person."""

    index: int
    sex: names.Sex
    born: date
    given: str
    middle: str | None
    surname: str
    maiden: str | None
    origin: str
    nationality: str
    ethnicity: str
    homes: tuple[Address, ...]
    phone: str | None
    email: str | None
    vehicle: Object | None
    pnc: str | None
    cro: str | None

    @property
    def person_id(self) -> str:
        """The name that the truth file knows them by."""
        return f"P{self.index:08d}"


def make_identity(chance: random.Random, index: int, people: int, home_force: str, other_force: str) -> Identity:
    """Person number ``index`` of ``people``, who has lived in one force's area and perhaps in another's."""
    sex: names.Sex = "F" if chance.random() < 0.32 else "M"
    origin = names.ORIGINS.draw(chance)
    born = _birthday(chance)
    given = names.given_name(chance, sex, born.year, origin)
    family = names.surname(chance, origin, sex)
    married = sex == "F" and born.year < 1998 and chance.random() < 0.3
    maiden = names.surname(chance, origin, sex) if married else None
    if maiden and chance.random() < 0.15:
        family = f"{maiden}-{family}"
    homes = (address(chance, home_force), address(chance, other_force))
    known_to_courts = chance.random()
    return Identity(
        index=index,
        sex=sex,
        born=born,
        given=given,
        middle=names.given_name(chance, sex, born.year, origin) if chance.random() < 0.7 else None,
        surname=family,
        maiden=None if maiden == family else maiden,
        origin=origin,
        nationality=one_of(chance, _NATIONALITIES[origin]),
        ethnicity=one_of(chance, _ETHNICITIES[origin]),
        homes=homes,
        phone=_phone(chance, index, people),
        email=_email(chance, given, family, index),
        vehicle=_vehicle(chance, index),
        pnc=_pnc(chance, index, born) if known_to_courts < 0.5 else None,
        cro=_cro(chance, index) if known_to_courts < 0.25 else None,
    )


def _birthday(chance: random.Random) -> date:
    # Most people whom the police meet are between 15 and 45: a triangle over the whole range, leaning to the young end.
    span = (_YOUNGEST - _OLDEST).days
    return _OLDEST + timedelta(days=int(chance.triangular(0, span, span * 0.8)))


def _phone(chance: random.Random, index: int, people: int) -> str | None:
    every = max(1, math.ceil(people / _PHONES))
    place = scattered(index // every, _PHONES)
    if chance.random() > 0.7 or index % every or place is None:
        return None
    return f"{_PHONE_PREFIXES[1 + place // 1000]}{place % 1000:03d}"


def _email(chance: random.Random, given: str, family: str, index: int) -> str | None:
    if chance.random() > 0.3:
        return None
    host = one_of(chance, ("example.com", "example.org", "example.net"))
    letters = (letter for letter in f"{given}.{family}".lower() if letter == "." or "a" <= letter <= "z")
    return f"{''.join(letters)}{index}@{host}"


def _vehicle(chance: random.Random, index: int) -> Object | None:
    make, model = _MAKES.draw(chance)
    colour, issue = one_of(chance, _COLOURS), one_of(chance, ("00", "01"))
    place = scattered(index, _PLATES)
    if chance.random() > 0.45 or place is None:
        return None
    letters = ""
    for _ in range(5):
        place, letter = divmod(place, len(_PLATE_LETTERS))
        letters += _PLATE_LETTERS[letter]
    # Age identifiers 00 and 01 were never issued: the present form began with 51, in September 2001.
    return Object(category="vehicle", vrm=f"{letters[:2]}{issue} {letters[2:]}", make=make, model=model, colour=colour)


def _pnc(chance: random.Random, index: int, born: date) -> str | None:
    year = min(2025, max(1975, born.year + 10 + int(chance.random() * 25)))
    place = scattered(index, _PNC_SERIALS)
    return None if place is None else pnc_id.format(pnc_id.PncId(year, _FIRST_PNC_SERIAL + place))


def _cro(chance: random.Random, index: int) -> str | None:
    year = int(chance.random() * 50 + 75) % 100
    place = scattered(index, _CRO_SERIALS)
    return None if place is None else cro.format(cro.CroNumber(year, str(_FIRST_CRO_SERIAL + place), fingerprints=True))
