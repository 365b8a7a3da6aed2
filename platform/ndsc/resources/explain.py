"""``explain``: what a kind or a field is, in kubectl's layout, from the same schema that validates it."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator

from ndsc.resources.base import GROUP, VERSION
from ndsc.resources.fields import Field, field_at
from ndsc.resources.kinds import kind_named
from ndsc.resources.rules import RULES

_WIDTH = 78
_INDEX = re.compile(r"\[[0-9]{0,9}\]")  # error messages name list items: spec.parties[0].force


def explain(path: str, *, recursive: bool = False) -> str:
    """The text for ``force``, ``force.spec`` or ``datanode.spec.replicas.min``.

    Raises UnknownKindError or UnknownFieldError, each with the nearest name as its hint.
    """
    first, *names = _INDEX.sub("", path.strip().strip(".")).split(".")
    kind = kind_named(first)
    field = field_at(kind, names)
    lines = [f"GROUP:      {GROUP}", f"KIND:       {kind.__name__}", f"VERSION:    {VERSION}", ""]
    if names:
        lines += [f"FIELD: {_heading(field)}", ""]
    lines += [*_details(field, ""), "DESCRIPTION:", *_wrapped(field.description, "    ")]
    lines += _rules(kind.__name__, field.path)
    children = list(field.children)
    if children:
        lines += ["", "FIELDS:", *_listed(children, "  ", recursive=recursive)]
    return "\n".join(lines).rstrip() + "\n"


def _heading(field: Field) -> str:
    return f"{field.name} <{field.type_words}>" + (" -required-" if field.required else "")


def _listed(fields: list[Field], indent: str, *, recursive: bool) -> Iterator[str]:
    for field in fields:
        yield f"{indent}{_heading(field)}"
        if recursive:
            yield from _details(field, indent + "    ")
            yield from _listed(list(field.children), indent + "  ", recursive=True)
        else:
            yield from _details(field, indent + "  ")
            yield from _wrapped(field.description, indent + "  ")
            yield ""


def _details(field: Field, indent: str) -> Iterator[str]:
    if field.values:
        yield f"{indent}enum: {', '.join(field.values)}"
    if field.default not in (None, [], {}) and field.part is None:
        yield f"{indent}default: {json.dumps(field.default, ensure_ascii=False)}"


def _rules(kind: str, path: str) -> Iterator[str]:
    messages = [rule.message for rule in RULES[kind] if rule.path == path]
    if messages:
        yield ""
        yield "RULES:"
        for message in messages:
            yield from textwrap.wrap(message, _WIDTH, initial_indent="  - ", subsequent_indent="    ")


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)
