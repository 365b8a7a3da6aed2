"""The custom resource definition of a kind, from its model: what a real API server validates, defaults and prints.

A structural schema (Kubernetes, "Structural schemas") says less than JSON Schema: no references, no unions, no closed
objects; an unknown field is pruned, or refused where the client asks for strict validation, as kubectl does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ndsc.resources.base import GROUP, VERSION, Manifest
from ndsc.resources.columns import COLUMNS, Column
from ndsc.resources.fields import doc_of
from ndsc.resources.kinds import CATEGORY, KINDS
from ndsc.resources.rules import RULES

Schema = dict[str, Any]

_KEPT = (
    "type",
    "format",
    "pattern",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "maxProperties",
)
_MAX_INT32 = 2**31 - 1


def definition(kind: type[Manifest]) -> dict[str, Any]:
    """The ``CustomResourceDefinition`` of a kind, as plain values in a stable order."""
    name = kind.__name__
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": _subresources(kind),
        **_selectable(kind),
        "additionalPrinterColumns": [_column(column) for column in COLUMNS[name]],
        "schema": {"openAPIV3Schema": schema(kind)},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{kind.PLURAL}.{GROUP}",
            "labels": {"app.kubernetes.io/part-of": "ndsc"},
            "annotations": {"helm.sh/resource-policy": "keep"},  # with the definition every resource would go
        },
        "spec": {
            "group": GROUP,
            "scope": "Namespaced" if kind.NAMESPACED else "Cluster",
            "names": {
                "kind": name,
                "listKind": f"{name}List",
                "plural": kind.PLURAL,
                "singular": name.lower(),
                "shortNames": list(kind.SHORT_NAMES),
                "categories": [CATEGORY],
            },
            "versions": [version],
        },
    }


def _selectable(kind: type[Manifest]) -> dict[str, Any]:
    """The fields that ``--field-selector`` knows."""
    return {"selectableFields": [{"jsonPath": path} for path in kind.SELECTABLE]} if kind.SELECTABLE else {}


def definitions() -> Iterator[dict[str, Any]]:
    """Those of all kinds."""
    return (definition(kind) for kind in KINDS.values())


def schema(kind: type[Manifest]) -> Schema:
    """The structural schema, with the kind's rules as CEL beside what they are about."""
    whole = kind.model_json_schema(by_alias=True)
    shared, fields = whole.get("$defs", {}), whole["properties"]
    name = shared["Metadata"]["properties"]["name"]
    made = {
        "type": "object",
        "description": doc_of(kind),
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object", "properties": {"name": _pick(name, ("type", "pattern", "maxLength"))}},
            "spec": _structural(fields["spec"], shared, defaults=True),
            "status": _structural(fields["status"], shared, defaults=False),
        },
    }
    for rule in RULES[kind.__name__]:
        _at(made, rule.path).setdefault("x-kubernetes-validations", []).append(
            {"rule": rule.cel, "message": rule.message}
        )
    return made


def _structural(node: Mapping[str, Any], shared: Mapping[str, Any], *, defaults: bool) -> Schema:
    """One node without references, unions and titles. ``defaults``: whether the server fills in what is left out."""
    plain = _resolved(node, shared)
    made = _pick(plain, _KEPT)
    if "const" in plain:
        made |= {"type": "string", "enum": [plain["const"]]}
    if plain.get("type") == "integer":
        made["format"] = "int64" if plain.get("maximum", _MAX_INT32 + 1) > _MAX_INT32 else "int32"
    if plain.get("description"):
        made["description"] = " ".join(plain["description"].split())
    if defaults and plain.get("default") is not None:
        made["default"] = plain["default"]
    if "properties" in plain:
        made |= _object(plain, shared, defaults=defaults)
    elif plain.get("type") == "object":
        made |= _map(plain, shared, defaults=defaults)
    if "items" in plain:
        made["items"] = _structural(plain["items"], shared, defaults=defaults)
    if "listMapKeys" in plain:
        made |= {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": plain["listMapKeys"]}
    return made


def _object(plain: Mapping[str, Any], shared: Mapping[str, Any], *, defaults: bool) -> Schema:
    properties = {name: _structural(below, shared, defaults=defaults) for name, below in plain["properties"].items()}
    required = plain.get("required", [])
    if defaults:
        for name, below in properties.items():
            if below["type"] == "object" and name not in required and not _optional(plain["properties"][name]):
                # Written out: a rule on the object is asked of its default before what is inside is filled in.
                below.setdefault("default", _filled(below))
    return {"properties": properties} | ({"required": required} if required else {})


def _filled(node: Schema) -> Schema:
    return {name: below["default"] for name, below in node["properties"].items() if "default" in below}


def _map(plain: Mapping[str, Any], shared: Mapping[str, Any], *, defaults: bool) -> Schema:
    values = plain.get("additionalProperties")
    if isinstance(values, dict):
        return {"additionalProperties": _structural(values, shared, defaults=defaults)}
    return {"x-kubernetes-preserve-unknown-fields": True}


def _resolved(node: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """The node itself: a reference followed, "or nothing" dropped; what stands beside either counts before it."""
    beside = {name: value for name, value in node.items() if name not in {"$ref", "anyOf", "allOf"}}
    if "$ref" in node:
        return _resolved(shared[node["$ref"].removeprefix("#/$defs/")], shared) | beside
    choices = [one for one in node.get("anyOf", ()) if one != {"type": "null"}]
    if choices:
        if len(choices) > 1:
            raise TypeError(f"a structural schema has no unions: {node}")
        return _resolved(choices[0], shared) | beside
    return beside


def _optional(node: Mapping[str, Any]) -> bool:
    return {"type": "null"} in node.get("anyOf", ())


def _at(made: Schema, path: str) -> Schema:
    for name in filter(None, path.split(".")):
        made = made["properties"][name]
    return made


def _pick(node: Mapping[str, Any], names: tuple[str, ...]) -> Schema:
    return {name: node[name] for name in names if name in node}


def _column(column: Column) -> dict[str, Any]:
    made = {
        "name": column.name,
        "type": column.type,
        "jsonPath": f".{column.path}",
        "description": column.description,
    }
    return made | ({"priority": column.priority} if column.priority else {})


def _subresources(kind: type[Manifest]) -> dict[str, Any]:
    found: dict[str, Any] = {"status": {}}
    if kind.SCALE is not None:
        spec, status, selector = kind.SCALE
        found["scale"] = {"specReplicasPath": spec, "statusReplicasPath": status, "labelSelectorPath": selector}
    return found
