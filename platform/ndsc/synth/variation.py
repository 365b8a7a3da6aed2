"""How forces come to write the same person differently: each way is one small function from details to details.

The shares are chosen so that most records of a person agree in most things, as they do in practice: somebody gives a
nickname, a clerk swaps day and month, a form from before a marriage has another surname, a name from another alphabet
is written by ear. ``WAYS`` says how often each happens to a record.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address
from ndsc.synth import names
from ndsc.synth.draws import one_of
from ndsc.synth.identity import Identity

_NEIGHBOURS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        "sq vn xv sf wr dg fh gj uo hk jl kp nk bm ip ol wa et ad ry yi cb qe zc tu xs".split(),  # noqa: SIM905
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Details:
    """What a record says of who somebody is; ``None`` is not recorded."""

    given: str | None
    middle: str | None
    surname: str
    previous_surname: str | None
    aliases: tuple[str, ...]
    born: PartialDate | None
    home: Address | None
    phone: str | None
    email: str | None
    pnc: str | None
    cro: str | None


def accurate(identity: Identity, home: Address) -> Details:
    """A record with nothing wrong in it."""
    return Details(
        given=identity.given,
        middle=identity.middle,
        surname=identity.surname,
        previous_surname=identity.maiden,
        aliases=(),
        born=PartialDate(identity.born.year, identity.born.month, identity.born.day),
        home=home,
        phone=identity.phone,
        email=identity.email,
        pnc=identity.pnc,
        cro=identity.cro,
    )


Way = Callable[[random.Random, Identity, Details], Details]


def spelling(chance: random.Random, _: Identity, details: Details) -> Details:
    """Another spelling, or another transliteration, of the given name or the surname."""
    given = names.spellings(details.given or "")
    surnames = names.surname_spellings(details.surname)
    if given and (not surnames or chance.random() < 0.6):
        return replace(details, given=one_of(chance, given))
    return replace(details, surname=one_of(chance, surnames)) if surnames else details


def nickname(chance: random.Random, _: Identity, details: Details) -> Details:
    """What friends call them."""
    known = names.nicknames(details.given or "")
    return replace(details, given=one_of(chance, known)) if known else details


def maiden_name(chance: random.Random, identity: Identity, details: Details) -> Details:
    """A record from before the marriage, or by somebody who was told the old name."""
    if identity.maiden is None:
        return details
    alias = (f"{details.given or ''} {identity.surname}".strip(),) if chance.random() < 0.2 else ()
    return replace(details, surname=identity.maiden, previous_surname=None, aliases=alias)


def swapped_date(_: random.Random, __: Identity, details: Details) -> Details:
    """Day and month the other way round."""
    swapped = details.born.day_and_month_swapped() if details.born else None
    return replace(details, born=swapped) if swapped else details


def wrong_date(chance: random.Random, _: Identity, details: Details) -> Details:
    """A day or a year one or ten out."""
    if details.born is None or details.born.month is None or details.born.day is None:
        return details
    year, day = details.born.year, details.born.day
    if chance.random() < 0.5:
        day = day + 1 if day < 28 else day - 10
    else:
        year += one_of(chance, (-10, -1, 1))
    return replace(details, born=PartialDate(year, details.born.month, min(day, 28)))


def partial_date(chance: random.Random, _: Identity, details: Details) -> Details:
    """The year alone, or the year and the month."""
    if details.born is None:
        return details
    return replace(details, born=PartialDate(details.born.year, details.born.month if chance.random() < 0.5 else None))


def typing_slip(chance: random.Random, _: Identity, details: Details) -> Details:
    """A letter left out, doubled, exchanged with the next or hit beside, in one of the names."""
    if chance.random() < 0.4 and details.given:
        return replace(details, given=slip(chance, details.given))
    return replace(details, surname=slip(chance, details.surname))


def slip(chance: random.Random, name: str) -> str:
    """One slip of a finger on a letter after the first; a short name is left as it is."""
    places = [at for at in range(1, len(name) - 1) if name[at].isalpha()]
    if len(name) < 4 or not places:
        return name
    at = one_of(chance, places)
    letter, following = name[at], name[at + 1]
    choice = int(chance.random() * 4)
    if choice == 0:
        return name[:at] + name[at + 1 :]
    if choice == 1:
        return name[:at] + letter + name[at:]
    if choice == 2 and following.isalpha():
        return name[:at] + following + letter + name[at + 2 :]
    return name[:at] + one_of(chance, _NEIGHBOURS.get(letter, letter)) + name[at + 1 :]


def names_exchanged(_: random.Random, __: Identity, details: Details) -> Details:
    """Surname in the box for the given name, and the other way round."""
    return replace(details, given=details.surname, surname=details.given) if details.given else details


def plain_letters(_: random.Random, __: Identity, details: Details) -> Details:
    """Marks above letters, hyphens and apostrophes left out by a system that cannot hold them."""
    given = None if details.given is None else _plain(details.given)
    return replace(details, given=given, surname=_plain(details.surname))


def half_a_surname(chance: random.Random, _: Identity, details: Details) -> Details:
    """One half of a double surname."""
    halves = [half for half in details.surname.split("-") if len(half) > 2]
    return replace(details, surname=one_of(chance, halves)) if len(halves) > 1 else details


def _plain(name: str) -> str:
    bare = "".join(mark for mark in unicodedata.normalize("NFD", name) if not unicodedata.combining(mark))
    return bare.replace("-", " ").replace("'", "") or name


WAYS: tuple[tuple[Way, float], ...] = (
    (maiden_name, 0.35),
    (nickname, 0.12),
    (spelling, 0.15),
    (half_a_surname, 0.35),
    (plain_letters, 0.25),
    (typing_slip, 0.06),
    (names_exchanged, 0.015),
    (swapped_date, 0.05),
    (wrong_date, 0.02),
    (partial_date, 0.015),
)
"""Each way in which a record differs, and the share of records it befalls where it can befall them."""

MISSING: tuple[tuple[str, float], ...] = (
    ("given", 0.01),
    ("middle", 0.5),
    ("previous_surname", 0.6),
    ("born", 0.015),
    ("home", 0.15),
    ("phone", 0.4),
    ("email", 0.6),
    ("pnc", 0.4),
    ("cro", 0.5),
)
"""Share of records that leave each detail out."""


def varied(chance: random.Random, identity: Identity, details: Details, amount: float = 1.0) -> Details:
    """The details as one force wrote them; ``amount`` scales how often things go wrong (0 changes nothing)."""
    for way, share in WAYS:
        if chance.random() < share * amount:
            details = way(chance, identity, details)
    gone = {name: None for name, share in MISSING if chance.random() < share * amount}
    return replace(details, **gone)  # type: ignore[arg-type]  # every name in MISSING is a detail that may be None
