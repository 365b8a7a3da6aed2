"""Label selectors as kubectl reads them: ``a=b``, ``a!=b``, ``a in (b,c)``, ``a notin (b)``, ``a``, ``!a``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ndsc.control.errors import BadSelectorError

Selector = Callable[[Mapping[str, str]], bool]

_KEY = r"(?P<key>[A-Za-z0-9][A-Za-z0-9_./-]{0,316})"
_VALUE = r"[A-Za-z0-9_.-]{0,63}"
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"{_KEY}\s*(?P<op>==|=|!=)\s*(?P<value>{_VALUE})",
        rf"{_KEY}\s+(?P<op>in|notin)\s*\((?P<values>[^()]*)\)",
        rf"(?P<op>!?)\s*{_KEY}",
    )
)
_MAX = 4096


def parse_selector(text: str) -> Selector:
    """A predicate on labels: every requirement must hold, and an empty text has none. Raises BadSelectorError."""
    if len(text) > _MAX:
        raise BadSelectorError(f"a selector has at most {_MAX} characters")
    requirements = [_requirement(part) for part in _split(text)]
    return lambda labels: all(holds(labels) for holds in requirements)


def _split(text: str) -> list[str]:
    """At commas outside brackets."""
    parts = [part.strip() for part in re.split(r",(?![^()]*\))", text)]
    return [part for part in parts if part]


def _requirement(text: str) -> Selector:
    match = next((found for form in _FORMS if (found := form.fullmatch(text))), None)
    if match is None:
        raise BadSelectorError(
            f"{text[:80]!r} is not a label selector", hint="Write a=b, a!=b, 'a in (b,c)', 'a notin (b)', a or !a."
        )
    groups, key = match.groupdict(), match["key"]
    if "value" in groups:
        return _among(key, {match["value"]}, wanted=match["op"] != "!=")
    if "values" in groups:
        return _among(key, {value.strip() for value in match["values"].split(",")}, wanted=match["op"] == "in")
    absent = match["op"] == "!"
    return lambda labels: (key in labels) != absent


def _among(key: str, values: set[str], *, wanted: bool) -> Selector:
    """A missing label is among no values, as in Kubernetes."""
    return lambda labels: (key in labels and labels[key] in values) == wanted
