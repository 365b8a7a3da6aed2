"""The modulus-23 check letter that PNC IDs and CRO numbers share."""

from __future__ import annotations

CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
"""Letters for the remainders 0 to 22: I, O and S are left out, and Z stands for 0."""


def check_letter(year: int, serial: int, digits: int) -> str:
    """The letter for the number that the two-digit year and the zero-padded serial make when written side by side."""
    return CHECK_LETTERS[((year % 100) * 10**digits + serial) % len(CHECK_LETTERS)]


def full_year(two_digits: int) -> int:
    """The year that two digits stand for: 40 to 99 are 1940 to 1999, 00 to 39 are 2000 to 2039.

    The pivot is fixed and not "this year", because a canonical form must not change as time goes by.
    """
    return two_digits + (1900 if two_digits >= 40 else 2000)
