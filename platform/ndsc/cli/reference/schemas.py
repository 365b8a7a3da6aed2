"""Tables of what a model's attributes are, read from the JSON Schema that Pydantic makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter

from ndsc.cli.reference.markdown import code, codes, table
from ndsc.model.base import Code, ForceId
from ndsc.model.dates import PartialDate
from ndsc.model.record import RecordId

Schema = Mapping[str, Any]
Column = Callable[[str, Schema], str]

_PATTERNS: Mapping[str, str] = {
    TypeAdapter(kind).json_schema()["pattern"]: words
    for kind, words in (
        (Code, "code"),
        (ForceId, "force"),
        (RecordId, "record"),
        (PartialDate, "date, perhaps partial"),
    )
}
_FORMATS = {"date": "date", "date-time": "date and time"}
_LINE = 200


def attributes(model: type[BaseModel], more: Mapping[str, Column] | None = None) -> str:
    """A table of a model's attributes: name, type, default, meaning, and further columns."""
    schema = model.model_json_schema()
    extra = more or {}
    rows = [
        (
            code(name),
            words(part, schema.get("$defs", {})),
            _default(name, part, schema),
            part.get("description", ""),
            *(column(name, part) for column in extra.values()),
        )
        for name, part in schema["properties"].items()
    ]
    return table(("name", "type", "if left out", "meaning", *extra), rows)


def words(schema: Schema, defs: Mapping[str, Schema]) -> str:
    """The type in words: ``list of code, up to 20``."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return words(defs[name], defs) if "enum" in defs[name] else name
    for several in ("anyOf", "oneOf"):
        if several in schema:
            found = (words(one, defs) for one in schema[several] if one.get("type") != "null")
            return " or ".join(dict.fromkeys(found))
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return f"one of {codes(map(str, schema['enum']))}"
    return _PLAIN[schema.get("type", "object")](schema, defs)


def _text(schema: Schema, _: Mapping[str, Schema]) -> str:
    if "format" in schema:
        return _FORMATS[schema["format"]]
    pattern: str = schema.get("pattern", "")
    if pattern:
        return _PATTERNS.get(pattern, f"text like {code(pattern)}")
    longest: int = schema.get("maxLength", _LINE)
    return "text" if longest == _LINE else f"text, up to {longest:,}"


def _number(schema: Schema, _: Mapping[str, Schema]) -> str:
    low, high = (_bound(schema.get(name)) for name in ("minimum", "maximum"))
    if low and high:
        return f"{schema['type']}, {low} to {high}"
    return f"{schema['type']}, {low} or more" if low else str(schema["type"])


def _bound(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if abs(value) < 1e6 else f"{value:,.0f}"


def _list(schema: Schema, defs: Mapping[str, Schema]) -> str:
    most = f", up to {schema['maxItems']}" if "maxItems" in schema else ""
    return f"list of {words(schema.get('items', {}), defs)}{most}"


def _map(schema: Schema, defs: Mapping[str, Schema]) -> str:
    inside = schema.get("additionalProperties")
    return f"map to {words(inside, defs)}" if isinstance(inside, Mapping) else "object"


_PLAIN: Mapping[str, Callable[[Schema, Mapping[str, Schema]], str]] = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": lambda *_: "true or false",
    "array": _list,
    "object": _map,
}


def _default(name: str, part: Schema, schema: Schema) -> str:
    if name in schema.get("required", ()):
        return "required"
    value = part.get("default")
    if value in (None, "", [], {}) or isinstance(value, dict):
        return ""
    return code(json.dumps(value, ensure_ascii=False))
