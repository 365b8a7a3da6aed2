"""Criminal Records Office number: ``012345/99X`` for a file with fingerprints, ``SF05/482703J`` for one without.

How sure this is: both forms and the check letter are open in Ministry of Justice code (``hmpps-person-record``,
``CROIdentifier``: MIT), and agree with its published test numbers: the letter is the remainder modulo 23 of the
two-digit year and the serial written side by side. The serial is padded to six digits in the fingerprint form and
kept as it is in the ``SF`` form, for the number that the letter is reckoned from as well. A file number has two
digits of year and no more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ndsc.model.identifiers.check_letters import check_letter
from ndsc.model.identifiers.errors import InvalidIdentifierError
from ndsc.model.identifiers.typed import squeezed

NAME = "CRO number"
_STANDARD = re.compile(r"(\d{1,6})/(\d{2})([A-Z])", re.ASCII)
_SMALL_FILE = re.compile(r"SF(\d{2})/(\d{1,6})([A-Z])", re.ASCII)


@dataclass(frozen=True, slots=True)
class CroNumber:
    """A CRO number that has the right check letter; ``serial`` keeps its digits as written in the SF form."""

    year: int
    serial: str
    fingerprints: bool

    @property
    def check(self) -> str:
        """Its check letter."""
        return check_letter(self.year, int(self.serial), digits=len(self.serial))


def parse(text: str) -> CroNumber:
    """Read ``12345/99X`` or ``SF05/482703J``.

    Raises ``InvalidIdentifierError`` for another shape or a wrong check letter.
    """
    plain = squeezed(text, NAME, " -")
    if match := _STANDARD.fullmatch(plain):
        serial, year, letter = match.groups()
        value = CroNumber(int(year), serial.zfill(6), fingerprints=True)
    elif match := _SMALL_FILE.fullmatch(plain):
        year, serial, letter = match.groups()
        value = CroNumber(int(year), serial, fingerprints=False)
    else:
        raise InvalidIdentifierError(NAME, "it is neither like 012345/99X nor like SF05/482703J")
    if value.check != letter:
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
