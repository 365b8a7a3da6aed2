"""One value of a row: read, join, transform, look up. Compiled once, so that a row costs a few function calls.

What a column's text becomes depends on that text alone, so it is remembered: exports say the same things over and over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ndsc.connectors.connector import ValueOf
from ndsc.connectors.headings import folded
from ndsc.connectors.transforms import TransformError, compile_steps
from ndsc.model import codes

Values = Mapping[str, str]
Getter = Callable[[Values], Any]
Convert = Callable[[str], Any]

_REMEMBERED = 4096
_MAX_ITEMS = 200

_FORMULA_REASON = "spreadsheet-formula"
_FORMULA = re.compile(r"[=@]|[+-].*[(|!]", re.DOTALL)


class ValueProblem(ValueError):  # noqa: N818  # a finding about data, which becomes a quarantine reason
    """A value that cannot be used: the short code that quarantine counts by, and a sentence.

    The sentence never quotes the value, which may be personal data: sentences end in logs.
    """

    def __init__(self, reason: str, detail: str, field: str = "", column: str = "") -> None:
        super().__init__(detail)
        self.column = column
        self.reason = reason
        self.detail = detail
        self.field = field


class Absent(NamedTuple):
    """The source says why there is no value."""

    why: str


class Place(NamedTuple):
    """Where in a row a value is looked for."""

    prefix: str
    blank: frozenset[str]

    def key(self, path: str) -> str:
        """The full path of a column: relative to the prefix unless it starts with a slash; ``.`` is the prefix."""
        if path.startswith("/"):
            return path[1:]
        if not self.prefix:
            return path
        return self.prefix if path == "." else f"{self.prefix}/{path}"

    def text(self, values: Values, key: str) -> str:
        """The column's text without spaces at its ends; empty when the source has none."""
        text = values.get(key, "").strip()
        return "" if text in self.blank else text

    def texts(self, values: Values, keys: Iterable[str]) -> list[str]:
        """The same of several columns."""
        get, blank = values.get, self.blank
        return ["" if (text := get(key, "").strip()) in blank else text for key in keys]


def compile_value(spec: ValueOf, place: Place, *, many: bool = False, free_text: bool = False) -> Getter:
    """A function from a row to the value, to ``None`` or to :class:`Absent`; it raises :class:`ValueProblem`.

    ``many`` gives a tuple; ``free_text`` refuses what a spreadsheet would run as a formula.
    """
    if spec.const is not None:
        constant = (spec.const,) if many else spec.const
        return lambda values: constant
    convert = _converter(spec, free_text=free_text)
    without = _without(spec)
    if many:
        return _many(spec, place, convert, without)
    if spec.columns:
        return _joined(spec, place, convert, without)
    return _single(place.key(spec.column or spec.each or ""), place.blank, convert, without)


def _single(key: str, blank: frozenset[str], convert: Convert, without: Callable[[], Any]) -> Getter:
    def get(values: Values) -> Any:
        text = values.get(key)
        if text:
            text = text.strip()
            if text not in blank:
                return convert(text)
        return without()

    return get


def _joined(spec: ValueOf, place: Place, convert: Convert, without: Callable[[], Any]) -> Getter:
    keys = [place.key(column) for column in spec.columns]

    def get(values: Values) -> Any:
        text = spec.join.join(part for part in (place.text(values, key) for key in keys) if part)
        return convert(text) if text else without()

    return get


def _many(spec: ValueOf, place: Place, convert: Convert, without: Callable[[], Any]) -> Getter:
    keys = [place.key(column) for column in spec.sources]

    def get(values: Values) -> Any:
        texts = [text for key in keys for text in (texts_of(values, key) if spec.each else [values.get(key, "")])]
        if spec.split:
            texts = [part for text in texts for part in text.split(spec.split)]
        found = [convert(text.strip()) for text in texts if text.strip() not in place.blank]
        absent = next((item for item in found if isinstance(item, Absent)), None)
        items = tuple(dict.fromkeys(item for item in found if item is not None and not isinstance(item, Absent)))
        return items or absent or without()

    return get


def texts_of(values: Values, key: str) -> list[str]:
    """Every occurrence of a repeated value."""
    texts = [values.get(key, "")]
    number = 2
    while number <= _MAX_ITEMS and (text := values.get(f"{key}[{number}]")) is not None:
        texts.append(text)
        number += 1
    return texts


def _without(spec: ValueOf) -> Callable[[], Any]:
    """What a blank column gives."""
    if "" in spec.absent:
        absent = Absent(spec.absent[""])
        return lambda: absent
    if spec.otherwise is not None:
        return lambda: spec.otherwise
    if spec.required:
        name = " + ".join(spec.sources)

        def refuse() -> Any:
            raise ValueProblem("missing-value", f"{name} is blank, and it is needed", column=name)

        return refuse
    return lambda: None


def _converter(spec: ValueOf, *, free_text: bool) -> Convert:
    steps = compile_steps(spec.transforms)
    absent = {folded(text): Absent(why) for text, why in spec.absent.items() if text}
    lookup = _lookup(spec)
    name = " + ".join(spec.sources)
    without = _without(spec)

    def strict(text: str) -> Any:
        if absent and (why := absent.get(folded(text))) is not None:
            return why
        for step in steps:
            try:
                text = step(text)
            except TransformError as error:
                raise ValueProblem(error.reason, f"{name}: {error}", column=name) from error
            if not text:
                return without()
        if lookup is not None:
            return lookup(text)
        if free_text and text[0] in "=@+-" and _FORMULA.match(text):
            raise ValueProblem(_FORMULA_REASON, f"{name}: a spreadsheet would run the value", column=name)
        return text

    convert = _lenient(strict, without) if spec.lenient else strict
    if steps or absent or lookup is not None:
        return lru_cache(maxsize=_REMEMBERED)(convert)
    if free_text:
        return convert
    return lambda text: text


def _lenient(strict: Convert, without: Callable[[], Any]) -> Convert:
    def convert(text: str) -> Any:
        try:
            return strict(text)
        except ValueProblem as problem:
            if problem.reason == _FORMULA_REASON:  # what would run in a spreadsheet is an attack, and no misfit
                raise
            return without()

    return convert


def _lookup(spec: ValueOf) -> Convert | None:
    if spec.codes is None and spec.code_list is None:
        return None
    own = {folded(text): code for text, code in (spec.codes or {}).items()}
    shipped = codes.get(spec.code_list) if spec.code_list is not None else None
    name = " + ".join(spec.sources)

    def look_up(text: str) -> str:
        code = own.get(folded(text))
        if code is None and shipped is not None:
            try:
                code = shipped.code_for(text)
            except codes.UnknownCodeError:
                code = None
        code = code if code is not None else spec.otherwise
        if code is None:
            known = f"the code list {spec.code_list}" if shipped else "the values the connector knows"
            raise ValueProblem("not-in-code-list", f"{name}: the value is not in {known}", column=name)
        return code

    return look_up
