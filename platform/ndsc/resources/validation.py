"""From plain values to a manifest, as strict as an API server: every problem named by its field and what to do.

JSON's own types are insisted on: a number in quotes is no number, an unknown field is a mistake and not a wish.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ndsc.model.forces import FORCES, UnknownForceError, resolve
from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.base import API_VERSION, Manifest
from ndsc.resources.datanode import DataNode
from ndsc.resources.documents import Path, dotted
from ndsc.resources.errors import ManifestError, Problem, UnknownFieldError
from ndsc.resources.fields import Field, field_at, nearest
from ndsc.resources.force import Force
from ndsc.resources.kinds import KINDS
from ndsc.resources.rules import broken

_MAX_SHOWN = 60
_MAX_PROBLEMS = 20


def parse_manifest(value: Any) -> Manifest:
    """The manifest of plain JSON values. Raises ManifestError with every problem found."""
    manifest, problems = validate(value)
    if manifest is None:
        raise ManifestError([problem for _, problem in problems])
    return manifest


def validate(value: Any) -> tuple[Manifest | None, list[tuple[Path, Problem]]]:
    """The manifest, or none and what is wrong with it, each problem with its path in parts."""
    if not isinstance(value, dict):
        return None, [_problem((), "a manifest is a mapping with apiVersion, kind, metadata and spec")]
    wrong = list(_envelope(value))
    if wrong:
        return None, wrong
    kind = KINDS[value["kind"]]
    try:
        return kind.model_validate_json(json.dumps(value, allow_nan=False), strict=True), []
    except ValidationError as error:
        found = [problem for detail in error.errors() for problem in _problems(kind, detail)]
        return None, found[:_MAX_PROBLEMS]
    except ValueError:
        return None, [_problem((), "holds a number that JSON does not have")]


def check_change(new: Manifest, old: Manifest) -> None:
    """Raises ManifestError when what was there before may not become this."""
    found = broken(new, old)
    if found:
        raise ManifestError([Problem(rule.path, rule.message) for rule in found])


def check_forces(manifest: Manifest, known: Container[str] = ()) -> list[tuple[Path, Problem]]:
    """Problems of codes that are neither in the shipped list of forces nor ``known`` otherwise.

    A force made by a merger need not be in the list yet: it names those that it succeeds.
    """
    return [
        (path, Problem(dotted(path), f"{code!r} is not the code of a force", _force_hint(code)))
        for path, code in _codes(manifest)
        if code not in FORCES and code not in known
    ]


def _codes(manifest: Manifest) -> Iterator[tuple[Path, str]]:
    if isinstance(manifest, Force):
        if not manifest.spec.successor_of:
            yield ("spec", "code"), manifest.spec.code
        for index, code in enumerate(manifest.spec.successor_of):
            yield ("spec", "successorOf", index), code
    elif isinstance(manifest, DataNode):
        yield ("spec", "force"), manifest.spec.force
    elif isinstance(manifest, DataSharingAgreement):
        for index, party in enumerate(manifest.spec.parties):
            yield ("spec", "parties", index, "force"), party.force


def _force_hint(code: str) -> str:
    try:
        return f"Write {resolve(code).slug}."
    except UnknownForceError as error:
        return error.hint


def _envelope(value: dict[str, Any]) -> Iterator[tuple[Path, Problem]]:
    version, kind = value.get("apiVersion"), value.get("kind")
    if version != API_VERSION:
        said = "is missing" if version is None else f"is {_shown(version)}"
        yield _problem(("apiVersion",), said, f"Write apiVersion: {API_VERSION}.")
    if not isinstance(kind, str) or kind not in KINDS:
        said = "is missing" if kind is None else f"is {_shown(kind)}, which is not a kind"
        yield _problem(
            ("kind",), said, nearest(kind, KINDS) if isinstance(kind, str) else f"One of {', '.join(KINDS)}."
        )


def _problems(kind: type[Manifest], detail: ErrorDetails) -> Iterator[tuple[Path, Problem]]:
    path: Path = tuple(part for part in detail["loc"] if part != "[key]")
    if detail["type"] == "broken_rules":
        for where, message in detail["ctx"]["rules"]:
            yield tuple(where.split(".")) if where else (), Problem(where, message)
    elif detail["type"] == "extra_forbidden":
        try:
            field_at(kind, _names(path))
        except UnknownFieldError as error:
            yield _problem(path, "unknown field", error.hint)
    elif detail["type"] == "missing":
        field = _field(kind, path)
        yield _problem(path, "is required", f"{_name(path)}: {field.description}" if field else "")
    else:
        yield _problem(path, _said(detail, _field(kind, path)), _hint(kind, path))


def _said(detail: ErrorDetails, field: Field | None) -> str:
    given, context = _shown(detail["input"]), detail.get("ctx", {})
    if detail["type"] in {"enum", "literal_error"}:
        return f"{given} is not one of {', '.join(field.values) if field and field.values else context['expected']}"
    if detail["type"] == "string_pattern_mismatch":
        return f"{given} does not match {context['pattern']}"
    message = detail["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return f"{given} should be {message}" if detail["msg"].startswith("Input should be ") else f"{given}: {message}"


def _hint(kind: type[Manifest], path: Path) -> str:
    names = _names(path)
    return f"See: ndsc explain {'.'.join((kind.__name__.lower(), *names))}" if _field(kind, path) else ""


def _field(kind: type[Manifest], path: Path) -> Field | None:
    names = _names(path)
    for length in range(len(names), 0, -1):  # the key of a map is not a field: its map is
        try:
            return field_at(kind, names[:length])
        except UnknownFieldError:
            continue
    return None


def _names(path: Path) -> list[str]:
    return [part for part in path if isinstance(part, str)]


def _name(path: Path) -> str:
    return str(path[-1]) if path else ""


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _problem(path: Path, message: str, hint: str = "") -> tuple[Path, Problem]:
    return path, Problem(dotted(path), message, hint)
