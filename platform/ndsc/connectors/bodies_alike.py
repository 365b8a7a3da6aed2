"""Bodies that are alike but for one text, such as crimes of a month that differ in their number: validated once.

Most of what an export's rows say, they say over and over. What alone is new in a row is validated by itself, and put
into the JSON of a body that has been validated with everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from ndsc.connectors.values import Getter, ValueProblem, Values
from ndsc.model.pole import Body

T = TypeVar("T")

_REMEMBERED = 2048
_ASKED_BY_POLICY = frozenset({"category", "date_of_birth", "age_range"})
"""A body's facts are read from these, so bodies that differ in one of them are not alike."""


class Said(NamedTuple):
    """What a record says: a valid body, as JSON and as itself but for the one attribute that ``own`` names."""

    pattern: Body
    json: bytes
    own: tuple[str, str] | None = None

    @property
    def body(self) -> Body:
        """The body, whole."""
        if self.own is None:
            return self.pattern
        whole = self.pattern.__copy__()
        name, text = self.own
        whole.__dict__[name] = text  # valid, as the rest is: a property test holds it to that
        return whole


def said_by(body: Body) -> Said:
    """A body with its JSON. Raises :class:`ValueProblem` for what no database can store as text."""
    try:
        json = body.__pydantic_serializer__.to_json(body, exclude_none=True)
    except PydanticSerializationError as error:
        raise ValueProblem("unstorable", "it holds half of a character (a lone surrogate)") from error
    return Said(body, storable(json))


def storable(json: bytes) -> bytes:
    """The same JSON. Raises :class:`ValueProblem` if it holds a NUL, which PostgreSQL's text and JSONB do not."""
    if b"\\u0000" in json:
        raise ValueProblem("unstorable", "it holds a NUL character")
    return json


class _Open(NamedTuple):
    """A body's JSON on both sides of the text that is left open."""

    pattern: Body
    before: bytes
    after: bytes


class BodiesAlike:
    """Remembers bodies of one record of a connector by all the columns that they are read from, but one."""

    def __init__(self, model: type[Body], attribute: str, get: Getter, columns: Iterable[str]) -> None:
        self._attribute = attribute
        self._get = get
        self._columns = tuple(dict.fromkeys(columns))
        self._valid = TypeAdapter[Any](
            model.model_fields[attribute].rebuild_annotation(), config=ConfigDict(str_strip_whitespace=True)
        ).validator.validate_python
        self._known: dict[tuple[str | None, ...], _Open] = {}
        self._without: dict[tuple[str | None, ...], Said] = {}
        """Bodies of rows that have no such text, as the anti-social behaviour of street files has no number."""

    @staticmethod
    def can_differ_in(attribute: str) -> bool:
        """Whether bodies that differ in this attribute have the same facts."""
        return attribute not in _ASKED_BY_POLICY

    def find(self, values: Values) -> Said | None:
        """What the row says, if all but its own text is known; ``None`` where it must be worked out in full."""
        key = tuple(map(values.get, self._columns))
        try:
            value = self._get(values)
            if value is None:
                return self._without.get(key)
            known = self._known.get(key)
            if known is None:
                return None
            text = self._valid(value)
        except (ValueProblem, ValidationError):
            return None  # in full, it says what is wrong
        if type(text) is not str:
            return None
        try:
            written = to_json(text)
        except PydanticSerializationError:
            return None
        return Said(known.pattern, storable(known.before + written + known.after), (self._attribute, text))

    def remember(self, values: Values, said: Said) -> None:
        """Keep what a row says for rows that differ in the one attribute alone."""
        key = tuple(map(values.get, self._columns))
        text = getattr(said.pattern, self._attribute)
        if text is None and self._get(values) is None:
            _keep(self._without, key, said)
        elif type(text) is str:
            # No text can hold this: a quotation mark within one is written with a backslash.
            name = f'"{self._attribute}":'.encode()
            before, _, after = said.json.partition(name + to_json(text))
            _keep(self._known, key, _Open(said.pattern, before + name, after))


def _keep(known: dict[tuple[str | None, ...], T], key: tuple[str | None, ...], value: T) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = value
