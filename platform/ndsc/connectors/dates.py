"""Dates and times as exports write them, read into the ISO 8601 form of the model.

A form says the order of the parts, so 03/04/1987 is never guessed. Zero for a day or month, which some systems write
for "not known", gives the partial date that it means. Two-digit years are refused: the century would be a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ndsc.model.dates import PartialDate

UK = ZoneInfo("Europe/London")

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}

DATE_FORMS = {
    "yyyy-mm-dd": r"(?P<y>\d{4})(?:-(?P<m>\d{2})(?:-(?P<d>\d{2}))?)?",
    "yyyymmdd": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    "dd/mm/yyyy": r"(?:(?:(?P<d>\d{1,2})[/.-])?(?P<m>\d{1,2})[/.-])?(?P<y>\d{4})",
    "mm/dd/yyyy": r"(?:(?P<m>\d{1,2})[/.-](?:(?P<d>\d{1,2})[/.-])?)?(?P<y>\d{4})",
    "dd-mmm-yyyy": r"(?:(?:(?P<d>\d{1,2})(?:st|nd|rd|th)?[ /-])?(?P<n>[a-z]{3,9})[ ,/-]+)?(?P<y>\d{4})",
}
"""Forms of a date, with the pattern of each; a day, or a day and month, may be left out."""

DATETIME_FORMS = ("iso", *DATE_FORMS)
"""Forms of a date and time: ``iso`` (ISO 8601), or a form of a date followed by hours, minutes and perhaps seconds."""

_PATTERNS = {name: re.compile(pattern, re.ASCII | re.IGNORECASE) for name, pattern in DATE_FORMS.items()}
_CLOCK = re.compile(r"(\d{1,2}):?(\d{2})(?::?(\d{2})(?:\.\d+)?)?", re.ASCII)


def date_reader(form: str) -> Callable[[str], str]:
    """A function that reads one form into ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; it raises ``ValueError``."""
    if form not in _PATTERNS:
        raise ValueError(f"no form of date is called {form[:20]!r}; there are: {', '.join(DATE_FORMS)}")
    pattern = _PATTERNS[form]

    def read(text: str) -> str:
        match = pattern.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"the value is not a date written {form}")
        parts = match.groupdict()
        month = _month(parts.get("m"), parts.get("n"))
        day = int(parts["d"] or 0)
        if day and not month:
            raise ValueError("the date has a day and no month")
        return str(_partial(int(parts["y"]), month, day))

    return read


def _partial(year: int, month: int, day: int) -> PartialDate:
    try:
        return PartialDate(year, month or None, day or None)
    except ValueError as error:
        raise ValueError("the calendar does not have that date") from error


def _iso_date(text: str) -> PartialDate:
    try:
        return PartialDate.parse(text.strip())
    except ValueError as error:
        raise ValueError("the value is not a date written yyyy-mm-dd") from error


def _month(number: str | None, name: str | None) -> int:
    if name:
        known = _MONTHS.get(name[:3].lower())
        if known is None:
            raise ValueError("the name of the month is not one")
        return known
    return int(number or 0)


def datetime_reader(form: str) -> Callable[[str], str]:
    """A function that reads one form into ISO 8601 with a zone; what has none is UK time."""
    if form == "iso":
        return _iso_moment
    read_day = date_reader(form)

    def read(text: str) -> str:
        day, _, clock = text.strip().replace("T", " ").rpartition(" ")
        match = _CLOCK.fullmatch(clock)
        if match is None:
            raise ValueError("the value does not end in a time such as 14:30")
        hour, minute, second = (int(part or 0) for part in match.groups())
        if hour > 23 or minute > 59 or second > 59:
            raise ValueError("the clock does not have that time")
        whole = PartialDate.parse(read_day(day))
        if not whole.is_full:
            raise ValueError("the value is a time on a day that is not known")
        first = whole.first_day
        return datetime(first.year, first.month, first.day, hour, minute, second, tzinfo=UK).isoformat()

    return read


def _iso_moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError("the value is not an ISO 8601 date and time") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UK)).isoformat()


def day_of(text: str) -> str:
    """The day of an ISO date and time, in the zone it is written in."""
    try:
        return datetime.fromisoformat(text.strip()).date().isoformat()
    except ValueError as error:
        raise ValueError("the value is not an ISO 8601 date and time") from error


def month_start(text: str) -> str:
    """The first moment of ``YYYY-MM``, UTC: as exact as a source that tells the month alone can be."""
    try:
        date = PartialDate.parse(text.strip())
    except ValueError as error:
        raise ValueError(_no_month(text.strip())) from error
    if date.month is None:
        raise ValueError(_no_month(text.strip()))
    return datetime(date.year, date.month, 1, tzinfo=UTC).isoformat()


def _no_month(text: str) -> str:
    """What is wrong: the form that was seen, and never the value, which may be a name or a birth."""
    if re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII):
        return "the value is written YYYY-MM, and the calendar does not have that month"
    form = re.sub(r"\d", "9", text, flags=re.ASCII)
    seen = f": it is written {form}, 9 for a digit" if re.fullmatch(r"[9/. -]{1,12}", form) else ""
    return f"the value is not a month written YYYY-MM{seen}"


def day_start(text: str) -> str:
    """The first moment of an ISO day, UK time."""
    day = _iso_date(text)
    if not day.is_full:
        raise ValueError("the date is not known to the day")
    return datetime(day.year, day.month or 1, day.day or 1, tzinfo=UK).isoformat()
