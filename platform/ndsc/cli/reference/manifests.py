"""The page of the manifests: every field of every kind, and the rules about several fields."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ndsc.cli.reference.markdown import code, codes, page, table
from ndsc.resources.base import GROUP, VERSION, Manifest
from ndsc.resources.fields import Field, doc_of, field_at, fields_of
from ndsc.resources.kinds import KINDS
from ndsc.resources.rules import RULES


def markdown() -> str:
    """The page."""
    return page(
        "Manifests",
        f"Kubernetes-shaped resources of the group `{GROUP}/{VERSION}`. `ndsc explain KIND.FIELD` says the same in a "
        "terminal. A status is set by the server and never written by hand.",
        f"## Metadata\n\nOf every kind.\n\n{_fields(field_at(KINDS['Force'], ['metadata']))}",
        *(_section(kind) for kind in KINDS.values()),
    )


def _section(kind: type[Manifest]) -> str:
    where = "namespaced" if kind.NAMESPACED else "of the whole cluster"
    names = codes((kind.__name__.lower(), kind.PLURAL, *kind.SHORT_NAMES))
    rules = table(
        ("at", "rule", "when"),
        (
            (code(rule.path), rule.message, "at a change" if rule.on_change else "always")
            for rule in RULES[kind.__name__]
        ),
    )
    parts = (
        f"## {kind.__name__}",
        f"{doc_of(kind)} It is {where}; commands know it as {names}.",
        f"### {kind.__name__}: spec\n\n{_fields(field_at(kind, ['spec']))}",
        f"### {kind.__name__}: rules\n\n{rules}",
        f"### {kind.__name__}: status\n\n{_fields(field_at(kind, ['status']))}",
    )
    return "\n\n".join(parts)


def _fields(top: Field) -> str:
    rows = ((code(field.path), _type(field), _default(field), field.description) for field in _below(top))
    return table(("field", "type", "if left out", "meaning"), rows)


def _below(field: Field) -> Iterator[Field]:
    for child in fields_of(field.part, field.path) if field.part else ():
        yield child
        yield from _below(child)


def _type(field: Field) -> str:
    return f"{field.type_words}: {codes(field.values)}" if field.values else field.type_words


def _default(field: Field) -> str:
    if field.required:
        return "required"
    if field.default in (None, [], {}) or field.part is not None:
        return ""
    return code(json.dumps(field.default, ensure_ascii=False))
