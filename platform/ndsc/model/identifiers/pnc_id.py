"""PNC identifier: year, serial number, check letter, canonical form ``2012/0123456X``.

Rules: NPCC Minimum POLE Data Standards Dictionary v1.1 (2023), DS_072: the letter is the remainder modulo 23 of the
two-digit year and the seven-digit serial side by side, 1 is A and so on without I, O and S, and 0 is Z. Ministry of
Justice code (``hmpps-person-record``, ``PNCIdentifier``: MIT) does the same, and its published test identifiers agree
with this module. The century of a two-digit year is this module's convention (see ``check_letters.full_year``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ndsc.model.identifiers.check_letters import check_letter, full_year
from ndsc.model.identifiers.errors import InvalidIdentifierError
from ndsc.model.identifiers.typed import squeezed

NAME = "PNC ID"
_SLASHED = re.compile(r"(\d{4}|\d{2})/(\d{1,7})([A-Z])", re.ASCII)
_RUN_TOGETHER = re.compile(r"(\d{4}|\d{2})(\d{7})([A-Z])", re.ASCII)


@dataclass(frozen=True, slots=True)
class PncId:
    """A PNC identifier that has the right check letter."""

    year: int
    serial: int

    @property
    def check(self) -> str:
        """Its check letter."""
        return check_letter(self.year, self.serial, digits=7)


def parse(text: str) -> PncId:
    """Read ``12/123456X``, ``2012/0123456X`` or either without the slash (then with all seven digits).

    Raises ``InvalidIdentifierError`` for another shape, a year before 1900 or after 2099, or a wrong check letter.
    """
    plain = squeezed(text, NAME, " -")
    match = _SLASHED.fullmatch(plain) or _RUN_TOGETHER.fullmatch(plain)
    if match is None:
        raise InvalidIdentifierError(NAME, "it is not a year, a slash, up to seven digits and a letter")
    year_digits, serial, letter = match.groups()
    year = int(year_digits) if len(year_digits) == 4 else full_year(int(year_digits))
    if not 1900 <= year <= 2099:
        raise InvalidIdentifierError(NAME, "its year is not between 1900 and 2099")
    value = PncId(year, int(serial))
    if value.check != letter:
        raise InvalidIdentifierError(NAME, "its check letter does not fit its number")
    return value


def normalise(text: str) -> str:
    """The canonical form, ``YYYY/NNNNNNNC``."""
    return format(parse(text))


def format(value: PncId) -> str:  # noqa: A001  # the same three names in every identifier's module
    """Write ``YYYY/NNNNNNNC``."""
    return f"{value.year:04d}/{value.serial:07d}{value.check}"
