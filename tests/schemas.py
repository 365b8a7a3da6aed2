"""JSON Schemas of Kubernetes' own kinds and of custom ones, in the files that kubeconform reads; no network needed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

LOCATION = "{{.ResourceKind}}_{{.Group}}_{{.ResourceAPIVersion}}.json"
"""How kubeconform is to look for a kind's file in a folder."""
_DEFINITIONS = "#/definitions/"
Schema = dict[str, Any]
_NUMBER_OR_TEXT: Schema = {"type": ["string", "number"]}


def write(folder: Path, swagger: Path, definitions: Iterable[Path]) -> None:
    """A file for each kind that ``swagger`` (Kubernetes' OpenAPI 2) and the custom resource definitions know."""
    for name, schema in (*_own(json.loads(swagger.read_text())["definitions"]), *_custom(definitions)):
        (folder / name).write_text(json.dumps(schema))


def _own(known: dict[str, Schema]) -> Iterator[tuple[str, Schema]]:
    strict = {name: _strict(schema) for name, schema in known.items()}
    strict |= {name: _NUMBER_OR_TEXT for name in strict if name.endswith(("intstr.IntOrString", "resource.Quantity"))}
    for name, schema in strict.items():
        for its in schema.get("x-kubernetes-group-version-kind", ()):
            used = {one: strict[one] for one in _reached(name, strict)}
            yield _file(its["kind"], its["version"], its["group"]), schema | {"definitions": used}


def _custom(definitions: Iterable[Path]) -> Iterator[tuple[str, Schema]]:
    for path in definitions:
        for one in yaml.safe_load_all(path.read_text()):
            if one and one["kind"] == "CustomResourceDefinition":
                spec = one["spec"]
                for version in spec["versions"]:
                    schema = _strict(version["schema"]["openAPIV3Schema"])
                    schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {"type": "object"}}
                    yield _file(spec["names"]["kind"], version["name"], spec["group"]), schema


def _file(kind: str, version: str, group: str) -> str:
    return f"{kind.lower()}_{group or version}_{version}.json"


def _strict(schema: Any) -> Any:
    """The same, in which a field that is not named is a mistake, as ``--validate=strict`` has it."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    named = schema.get("properties")
    made = {key: _strict(value) for key, value in schema.items() if key != "properties"}
    if schema.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
    if isinstance(named, dict):
        made["properties"] = {name: _strict(its) for name, its in named.items()}  # a field may be called properties
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            made.setdefault("additionalProperties", False)
    return made


def _reached(name: str, known: dict[str, Schema]) -> set[str]:
    """The definitions that one leads to."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        text = json.dumps(known[waiting.pop()])
        for part in text.split(_DEFINITIONS)[1:]:
            one = part.partition('"')[0]
            if one not in found:
                found.add(one)
                waiting.append(one)
    return found
