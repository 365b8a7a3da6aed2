"""Criminal Records Office number: ``012345/99X`` for a file with fingerprints, ``SF05/482703J`` for one without.

Rules: NPCC Minimum POLE Data Standards Dictionary v1.1 (2023), DS_071, and Ministry of Justice code
(``hmpps-person-record``, ``CROIdentifier``: MIT), whose published test numbers agree with this module. The letter is
the remainder modulo 23 of year and serial side by side, the serial of six digits in a fingerprint file. For an ``SF``
number the two sources differ: serial as written, of five digits, or, for 1939 to 1964, without the year; each is
accepted, and the letter is kept as it was read. The dictionary leaves out leading zeros, this canonical form keeps
them: one width compares better.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ndsc.model.identifiers.check_letters import CHECK_LETTERS, check_letter
from ndsc.model.identifiers.errors import InvalidIdentifierError
from ndsc.model.identifiers.typed import squeezed

NAME = "CRO number"
_STANDARD = re.compile(r"(\d{1,6})/(\d{2})([A-Z])", re.ASCII)
_NO_FINGERPRINTS = re.compile(r"SF(\d{2})/(\d{1,6})([A-Z])", re.ASCII)


@dataclass(frozen=True, slots=True)
class CroNumber:
    """A CRO number; ``serial`` has six digits for a fingerprint file and is as written in the SF form."""

    year: int
    serial: str
    fingerprints: bool
    check: str = ""

    def __post_init__(self) -> None:
        if not self.check:
            object.__setattr__(self, "check", self.fitting_letters[0])

    @property
    def fitting_letters(self) -> tuple[str, ...]:
        """The check letters that fit the number, the likeliest first."""
        number = int(self.serial)
        letters = [check_letter(self.year, number, digits=len(self.serial))]
        if not self.fingerprints:
            if len(self.serial) < 5:
                letters.append(check_letter(self.year, number, digits=5))
            if 39 <= self.year <= 64:
                letters.append(CHECK_LETTERS[number % len(CHECK_LETTERS)])
        return tuple(letters)


def parse(text: str) -> CroNumber:
    """Read ``12345/99X`` or ``SF05/482703J``.

    Raises ``InvalidIdentifierError`` for another shape or a wrong check letter.
    """
    plain = squeezed(text, NAME, " -")
    if match := _STANDARD.fullmatch(plain):
        serial, year, letter = match.groups()
        value = CroNumber(int(year), serial.zfill(6), fingerprints=True, check=letter)
    elif match := _NO_FINGERPRINTS.fullmatch(plain):
        year, serial, letter = match.groups()
        value = CroNumber(int(year), serial, fingerprints=False, check=letter)
    else:
        raise InvalidIdentifierError(NAME, "it is neither like 012345/99X nor like SF05/482703J")
    if letter not in value.fitting_letters:
        raise InvalidIdentifierError(NAME, "its check letter does not fit its number")
    return value


def normalise(text: str) -> str:
    """The canonical form."""
    return format(parse(text))


def format(value: CroNumber) -> str:  # noqa: A001  # the same three names in every identifier's module
    """Write ``NNNNNN/YYC``, or ``SFYY/NNNNNNC`` for a file without fingerprints."""
    if value.fingerprints:
        return f"{value.serial}/{value.year:02d}{value.check}"
    return f"SF{value.year:02d}/{value.serial}{value.check}"
