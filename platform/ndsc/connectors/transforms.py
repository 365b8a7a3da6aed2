"""The fixed list of transforms a connector may name; each takes text and gives text, or says why it cannot.

``upper`` takes no argument, ``{strip-prefix: "On or near "}`` takes one. A transform that gives empty text has found
that there is no value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ndsc.connectors import dates
from ndsc.model.identifiers import IDENTIFIERS

Step = str | dict[str, str]
"""A transform as a connector file writes it."""

Transform = Callable[[str], str]

_YES = frozenset({"yes", "y", "true", "t", "1"})
_NO = frozenset({"no", "n", "false", "f", "0"})


class TransformError(ValueError):
    """A value does not have the shape that a transform needs; ``reason`` is the short code quarantine counts by."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def _collapse(text: str) -> str:
    return " ".join(text.split())


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _yes_no(text: str) -> str:
    word = text.strip().lower()
    if word in _YES:
        return "true"
    if word in _NO:
        return "false"
    raise TransformError("not-yes-or-no", "the value is neither yes nor no")


_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?", re.ASCII)


def _number(text: str) -> str:
    plain = text.strip().replace(",", "")
    if _NUMBER.fullmatch(plain) is None:
        raise TransformError("not-a-number", "the value is not a number")
    return plain


def _name(text: str) -> str:
    """Title case for a name that is all capitals or all small; a mixed one is left as its owner writes it."""
    plain = _collapse(text)
    if not (plain.isupper() or plain.islower()):
        return plain
    return re.sub(r"[^\W\d_]+", lambda word: word[0][:1].upper() + word[0][1:].lower(), plain)


def _shape(reason: str, function: Transform) -> Transform:
    def run(text: str) -> str:
        try:
            return function(text)
        except ValueError as error:
            raise TransformError(reason, str(error)) from error

    return run


PLAIN: dict[str, tuple[Transform, str]] = {
    "trim": (str.strip, "without spaces at either end"),
    "upper": (str.upper, "in capitals"),
    "lower": (str.lower, "in small letters"),
    "collapse": (_collapse, "single spaces"),
    "digits": (lambda text: re.sub(r"[^0-9]", "", text), "its digits"),
    "slug": (_slug, "small letters, digits and hyphens"),
    "first-word": (lambda text: (text.split() or [""])[0], "its first word"),
    "other-words": (lambda text: " ".join(text.split()[1:]), "all but its first word"),
    "last-word": (lambda text: (text.split() or [""])[-1], "its last word"),
    "but-last-word": (lambda text: " ".join(text.split()[:-1]), "all but its last word"),
    "name": (_name, "a name, in title case if it was all capitals"),
    "yes-no": (_yes_no, "true or false"),
    "number": (_number, "a number without thousands separators"),
    "day-of": (_shape("bad-date", dates.day_of), "the day of a date and time"),
    "month-start": (_shape("bad-date", dates.month_start), "the first moment, UTC, of a year and month"),
    "day-start": (_shape("bad-date", dates.day_start), "the first moment, UK time, of a day"),
    **{
        name: (_shape(f"bad-{name}", identifier.normalise), f"a {identifier.title}, such as {identifier.example}")
        for name, identifier in IDENTIFIERS.items()
    },
}
"""Transforms without an argument: function and meaning."""


def _strip_prefix(prefix: str) -> Transform:
    return lambda text: text.removeprefix(prefix)


def _strip_suffix(suffix: str) -> Transform:
    return lambda text: text.removesuffix(suffix)


def _before(mark: str) -> Transform:
    return lambda text: text.partition(mark)[0].strip()


def _after(mark: str) -> Transform:
    return lambda text: text.partition(mark)[2].strip()


def _date(form: str) -> Transform:
    return _shape("bad-date", dates.date_reader(form))


def _datetime(form: str) -> Transform:
    return _shape("bad-time", dates.datetime_reader(form))


WITH_ARGUMENT: dict[str, tuple[Callable[[str], Transform], str]] = {
    "strip-prefix": (_strip_prefix, "without these first characters, where they are there"),
    "strip-suffix": (_strip_suffix, "without these last characters, where they are there"),
    "before": (_before, "what stands before the mark"),
    "after": (_after, "what stands after the mark"),
    "date": (_date, f"a date written in one of: {', '.join(dates.DATE_FORMS)}"),
    "datetime": (_datetime, f"a date and time, UK time unless it has a zone: {', '.join(dates.DATETIME_FORMS)}"),
}
"""Transforms with an argument: maker and meaning."""


def compile_steps(steps: Sequence[Step]) -> tuple[Transform, ...]:
    """The functions of a list of steps. Raises ``ValueError`` for one that does not exist."""
    return tuple(_compile(step) for step in steps)


def check_steps(steps: Sequence[Step]) -> None:
    """Raise ``ValueError`` unless every step exists and takes the argument it was given."""
    compile_steps(steps)


def _compile(step: Step) -> Transform:
    if isinstance(step, str):
        if step in PLAIN:
            return PLAIN[step][0]
        need = f"{step} takes an argument: {{{step}: ...}}" if step in WITH_ARGUMENT else _unknown(step)
        raise ValueError(need)
    if len(step) != 1:
        raise ValueError("a transform with an argument is one name and its argument")
    [(name, argument)] = step.items()
    if name not in WITH_ARGUMENT:
        raise ValueError(f"{name} takes no argument" if name in PLAIN else _unknown(name))
    return WITH_ARGUMENT[name][0](argument)


def _unknown(name: str) -> str:
    return f"no transform is called {name[:40]!r}; there are: {', '.join(sorted([*PLAIN, *WITH_ARGUMENT]))}"
