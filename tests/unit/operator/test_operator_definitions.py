"""The definitions in the chart are those of the models, and keep to what a structural schema may say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ndsc.resources.definition import definitions
from ndsc.resources.rules import RULES
from ndsc_operator.definitions import FOLDER, rendered

BY_KIND = {one["spec"]["names"]["kind"]: one for one in definitions()}
_FORBIDDEN = {"$ref", "anyOf", "oneOf", "allOf", "title", "$defs", "const"}


def nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and every one below it."""
    yield schema
    for below in schema.get("properties", {}).values():
        yield from nodes(below)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from nodes(schema[name])


def schema_of(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = BY_KIND[kind]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return found


def test_the_files_in_the_chart_are_fresh() -> None:
    """If not: make crds."""
    assert {path.name: path.read_text() for path in FOLDER.glob("*.yaml")} == dict(rendered())


@pytest.mark.parametrize("kind", list(BY_KIND))
def test_the_schema_is_structural_and_every_field_described(kind: str) -> None:
    for part in ("spec", "status"):
        for node in nodes(schema_of(kind)["properties"][part]):
            assert not _FORBIDDEN & node.keys()
            assert node["type"]
            assert not ("properties" in node and "additionalProperties" in node)
            for name, below in node.get("properties", {}).items():
                assert below.get("description"), name


@pytest.mark.parametrize("kind", list(BY_KIND))
def test_every_rule_stands_in_the_definition_in_its_words(kind: str) -> None:
    written = [
        (rule["rule"], rule["message"])
        for node in nodes(schema_of(kind))
        for rule in node.get("x-kubernetes-validations", ())
    ]
    assert sorted(written) == sorted((rule.cel, rule.message) for rule in RULES[kind])


@pytest.mark.parametrize("kind", list(BY_KIND))
def test_no_list_or_text_of_a_spec_is_without_bound(kind: str) -> None:
    """Else a rule on it may cost more than an API server admits."""
    for node in nodes(schema_of(kind)["properties"]["spec"]):
        if node["type"] == "array":
            assert node.get("maxItems")
        if node["type"] == "string":
            assert node.keys() & {"maxLength", "enum", "format"} or _bounded(node["pattern"]), node


def _bounded(pattern: str) -> bool:
    """Whether a pattern matches texts of some length at most: nothing in it repeats for ever."""
    bare = pattern.replace("\\+", "").replace("[.+-]", "[.-]")
    return "*" not in bare and "+" not in bare


def test_a_node_scales_and_every_kind_has_a_status() -> None:
    for kind, one in BY_KIND.items():
        subresources = one["spec"]["versions"][0]["subresources"]
        assert "status" in subresources
        assert ("scale" in subresources) == (kind == "DataNode")
