"""What the values of a column look like: identifiers by their own rules, dates by form, codes by their lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from ndsc.connectors.dates import DATE_FORMS, date_reader, datetime_reader
from ndsc.model import codes
from ndsc.model.identifiers import IDENTIFIERS

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")
_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{1,12})?", re.ASCII)
_PHONE = re.compile(r"(\+|00?)[\d ()-]{9,}")
_GRADING = re.compile(r"[1-3][A-E][PC]|[A-E][1-5][1-5]")
_MARKING = re.compile(r"(OFFICIAL([ :-]+SENSITIVE)?|SECRET|TOP SECRET)", re.IGNORECASE)

UNITED_KINGDOM = {"latitude": (49.0, 61.5), "longitude": (-9.0, 2.5)}
"""Bounds of the United Kingdom, degrees."""


def share(values: Sequence[str], fits: Callable[[str], object]) -> float:
    """The part of the values that fit, 0 to 1; what raises ``ValueError`` or is false does not."""
    if not values:
        return 0.0
    return sum(_fits(value, fits) for value in values) / len(values)


def _fits(value: str, fits: Callable[[str], object]) -> bool:
    try:
        return bool(fits(value))
    except ValueError:
        return False


def fits_shape(shape: str, values: Sequence[str]) -> float:
    """The part of the values that have a shape: an identifier, ``code:LIST``, ``email``, ``number``, ``latitude``..."""
    return share(values, _test(shape))


@cache
def _test(shape: str) -> Callable[[str], object]:
    if shape.startswith("code:"):
        known = codes.get(shape.removeprefix("code:"))
        return lambda text: _in_list(known, text)
    if shape == "phone":
        return lambda text: _PHONE.fullmatch(text) and IDENTIFIERS["phone"].normalise(text)
    if shape == "vrm":  # most marks have seven characters; shorter ones look like an officer's collar number
        return lambda text: len(IDENTIFIERS["vrm"].normalise(text).replace(" ", "")) == 7
    if shape in IDENTIFIERS:
        return IDENTIFIERS[shape].normalise
    if shape in UNITED_KINGDOM:
        low, high = UNITED_KINGDOM[shape]
        return lambda text: "." in text and _NUMBER.fullmatch(text) and low <= float(text) <= high
    patterns = {"email": _EMAIL, "number": _NUMBER, "grading": _GRADING, "marking": _MARKING}
    return patterns[shape].fullmatch


def _in_list(known: codes.CodeList, text: str) -> bool:
    try:
        return bool(known.code_for(text))
    except codes.UnknownCodeError:
        return False


def best_date_form(values: Sequence[str]) -> tuple[str, float]:
    """The form of a date that most values have, and how many; a tie goes to the earlier, so days before months."""
    return _best({form: share(values, date_reader(form)) for form in DATE_FORMS})


def best_moment_form(values: Sequence[str]) -> tuple[str, float]:
    """The same for dates with a time of day."""
    timed = {form: share(values, datetime_reader(form)) for form in DATE_FORMS}
    timed["iso"] = share(values, lambda text: len(text) > 10 and datetime_reader("iso")(text)) + 0.001
    form, part = _best(timed)
    return form, min(part, 1.0)


def _best(shares: dict[str, float]) -> tuple[str, float]:
    form = max(shares, key=lambda name: shares[name])
    return form, shares[form]
