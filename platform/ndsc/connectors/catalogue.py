"""Finding and reading connector files: those shipped, by name, and anybody's own, by path."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from ndsc.connectors.connector import Connector
from ndsc.connectors.errors import ConnectorError, UnknownConnectorError

_MAX_FILE = 262_144
_MAX_FINDINGS = 10


def shipped_names() -> list[str]:
    """The names of the connectors that come with the package."""
    folder = resources.files("ndsc.connectors") / "shipped"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def shipped_text(name: str) -> str:
    """The file of a shipped connector, as written. Raises :class:`UnknownConnectorError`."""
    if name not in shipped_names():
        raise UnknownConnectorError(
            f"no connector is called {name[:60]!r}", hint=f"there are: {', '.join(shipped_names())}; or give a file"
        )
    return (resources.files("ndsc.connectors") / "shipped" / f"{name}.yaml").read_text("utf-8")


@cache
def shipped(name: str) -> Connector:
    """A shipped connector. Raises :class:`UnknownConnectorError`."""
    return parse(shipped_text(name), f"{name}.yaml")


def find(name_or_path: str) -> Connector:
    """The connector of that name, or in that file: what looks like a path (a slash, or .yaml) is one."""
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"} or "/" in name_or_path or path.is_file():
        return load(path)
    return shipped(name_or_path)


def load(path: Path) -> Connector:
    """Read a connector file. Raises :class:`ConnectorError` saying what is wrong and where."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_FILE + 1)
    except OSError as error:
        raise UnknownConnectorError(f"{path}: {error.strerror or error}") from error
    if len(data) > _MAX_FILE:
        raise ConnectorError(f"{path.name}: a connector file is at most {_MAX_FILE} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeError as error:
        raise ConnectorError(f"{path.name}: not UTF-8") from error
    return parse(text, path.name)


def parse(text: str, name: str = "connector") -> Connector:
    """Read a connector from YAML. Raises :class:`ConnectorError`."""
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  # a SafeLoader that also refuses aliases
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConnectorError(f"{name}: not YAML: {' '.join(str(error).split())[:300]}") from error
    if not isinstance(data, dict):
        raise ConnectorError(f"{name}: a connector is a mapping of names to values")
    try:
        return Connector.model_validate(data)
    except ValidationError as error:
        raise ConnectorError(f"{name}: {_findings(error)}") from error


class _Loader(yaml.SafeLoader):
    """Safe YAML without anchors (which can grow a file a billionfold) and without two keys of the same name."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("a connector has no anchors or aliases")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.YAMLError(f"{str(twice)[:60]!r} stands twice, line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)


def _findings(error: ValidationError) -> str:
    """What is wrong, a line each; keys that do not exist before what may only follow from them."""
    found = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    lines = [_finding(one["type"], one["loc"], one["msg"]) for one in found[:_MAX_FINDINGS]]
    return "\n  ".join([*lines, *([f"and {len(found) - len(lines)} more"] if len(found) > len(lines) else [])])


def _finding(kind: str, place: tuple[str | int, ...], message: str) -> str:
    where = ".".join(map(str, place))
    if kind == "extra_forbidden":
        keys = list(_model_at(place[:-1]).model_fields)
        near = get_close_matches(str(place[-1]), keys, n=1)
        meant = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(keys)}."
        message = f"there is no such key. {meant}"
    return f"{where}: {message.removeprefix('Value error, ')}" if where else message.removeprefix("Value error, ")


def _model_at(place: Iterable[str | int]) -> type[BaseModel]:
    """The part of a connector that a place in its file is described by."""
    model: type[BaseModel] = Connector
    for part in place:
        field = model.model_fields.get(str(part))
        model = (_model_in(field.annotation) if field is not None else None) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
