"""What the schema says of a field, found by the path that people write: ``spec.replicas.min``."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from pydantic.fields import FieldInfo

from ndsc.resources.base import Manifest, Part
from ndsc.resources.errors import UnknownFieldError

_WORDS: dict[object, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    date: "string, a date",
    datetime: "string, a date and time",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field as ``explain`` shows it."""

    path: str
    name: str
    type_words: str
    required: bool
    default: Any
    description: str
    values: tuple[str, ...]
    part: type[Part] | None

    @property
    def children(self) -> Iterator[Field]:
        """The fields of an object, or of a list's objects."""
        return fields_of(self.part, self.path) if self.part else iter(())


def fields_of(part: type[Part], path: str = "") -> Iterator[Field]:
    """The fields of a part, under the names that YAML uses, in the order of the schema."""
    for info in part.model_fields.values():
        name = info.alias or ""
        yield _field(info, name, f"{path}.{name}" if path else name)


def field_at(kind: type[Manifest], path: Sequence[str]) -> Field:
    """The field of that path. Raises :class:`UnknownFieldError` with the nearest name as its hint."""
    found = Field("", kind.__name__, "Object", True, None, doc_of(kind), (), kind)
    for name in path:
        below = {field.name: field for field in found.children}
        if name not in below:
            raise UnknownFieldError(
                f"{found.path or kind.__name__} has no field {name[:60]!r}", hint=nearest(name, below)
            )
        found = below[name]
    return found


def nearest(name: str, known: typing.Iterable[str]) -> str:
    """A sentence with the field that was probably meant, or with all that there are."""
    names = list(known)
    folded = {one.lower(): one for one in names}
    near = difflib.get_close_matches(name.lower().replace("_", "").replace("-", ""), folded, n=1)
    if near:
        return f"Did you mean {folded[near[0]]}?"
    return f"There are: {', '.join(names)}." if names else "It has no fields below it."


def doc_of(part: type[Part]) -> str:
    """The first paragraph of a part's docstring, on one line."""
    return " ".join((part.__doc__ or "").split("\n\n")[0].split())


def _field(info: FieldInfo, name: str, path: str) -> Field:
    words, values, part = _type(info.annotation)
    default = None if info.is_required() else _plain(info.get_default(call_default_factory=True, validated_data={}))
    return Field(path, name, words, info.is_required(), default, info.description or "", values, part)


def _type(annotation: Any) -> tuple[str, tuple[str, ...], type[Part] | None]:
    """Words, allowed values, and the part that is below."""
    inner = typing.get_args(annotation)
    match typing.get_origin(annotation):
        case typing.Annotated:
            found = _type(inner[0])
        case typing.Union | types.UnionType:
            found = _type(next(one for one in inner if one is not type(None)))
        case origin if origin is tuple:
            words, values, part = _type(inner[0])
            found = f"[]{words}", values, part
        case origin if origin is dict:
            found = f"map[string]{_type(inner[1])[0]}", (), None
        case typing.Literal:
            found = "string", tuple(str(value) for value in inner), None
        case _:
            found = _plain_type(annotation)
    return found


def _plain_type(annotation: Any) -> tuple[str, tuple[str, ...], type[Part] | None]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "string", tuple(str(member.value) for member in annotation), None
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return "Object", (), annotation
    return _WORDS.get(annotation, "Object"), (), None


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, Enum) else value
