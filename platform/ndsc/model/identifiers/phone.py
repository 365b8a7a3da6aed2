"""Telephone number in E.164 form, ``+447700900123``, read by ``phonenumbers``; Great Britain unless it says otherwise.

E.164 is what the NPCC Minimum POLE Data Standards Dictionary v1.1 (DS_053) asks for.
Ofcom sets numbers aside for use in drama ("Telephone numbers for use in TV and radio drama programmes"): nobody has
them. Synthetic people have these and no other, and they are read here though number plans call some of them unused.
"""

from __future__ import annotations

from dataclasses import dataclass

from ndsc.model.identifiers.errors import InvalidIdentifierError
from ndsc.model.identifiers.typed import cleaned

NAME = "phone"
DRAMA_PREFIXES: tuple[str, ...] = (
    "+447700900",  # mobile
    "+441134960",  # Leeds
    "+441144960",  # Sheffield
    "+441154960",  # Nottingham
    "+441164960",  # Leicester
    "+441174960",  # Bristol
    "+441184960",  # Reading
    "+441214960",  # Birmingham
    "+441314960",  # Edinburgh
    "+441414960",  # Glasgow
    "+441514960",  # Liverpool
    "+441614960",  # Manchester
    "+442079460",  # London
    "+441914980",  # Tyneside, Durham and Sunderland
    "+442896496",  # Northern Ireland
    "+442920180",  # Cardiff
    "+441632960",  # no area
    "+448081570",  # freephone
    "+449098790",  # premium rate
    "+443069990",  # UK-wide
)
"""Ofcom's drama ranges: each prefix has 1,000 numbers, three more digits long."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in E.164 form."""

    e164: str

    @property
    def is_drama_number(self) -> bool:
        """Whether it is one of Ofcom's drama numbers, which nobody has."""
        return self.e164[:-3] in DRAMA_PREFIXES


def parse(text: str) -> Phone:
    """Read a national (British) or international number; an extension is left out, as E.164 has none.

    Raises ``InvalidIdentifierError`` for what no number plan has.
    """
    import phonenumbers  # noqa: PLC0415  # slow to load, and what only maps crimes or vehicles needs none of it

    plain = cleaned(text, NAME)
    try:
        number = phonenumbers.parse(plain, "GB")
    except phonenumbers.NumberParseException as error:
        raise InvalidIdentifierError(NAME, "it cannot be read as a telephone number") from error
    value = Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    if not (value.is_drama_number or phonenumbers.is_valid_number(number)):
        raise InvalidIdentifierError(NAME, "no number plan has it")
    return value


def normalise(text: str) -> str:
    """The canonical form, E.164."""
    return format(parse(text))


def format(value: Phone) -> str:  # noqa: A001  # the same three names in every identifier's module
    """Write ``+`` and the digits."""
    return value.e164


def is_drama_number(text: str) -> bool:
    """Whether a text is a drama number; a text that is no number at all is not one."""
    try:
        return parse(text).is_drama_number
    except InvalidIdentifierError:
        return False
