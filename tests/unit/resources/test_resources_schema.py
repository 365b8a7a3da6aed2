"""What tools rely on in the schema: every field is described, and an API server can say every shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ndsc.model.pole import Event, Object
from ndsc.model.sharing import DataCategory
from ndsc.resources.agreement import STANDING, DataSharingAgreementSpec
from ndsc.resources.base import Manifest
from ndsc.resources.columns import COLUMNS
from ndsc.resources.explain import explain
from ndsc.resources.fields import Field, field_at, fields_of
from ndsc.resources.kinds import CATEGORY, KINDS, kinds_named, names_of
from ndsc.resources.rules import RULES

ALL_KINDS = list(KINDS.values())


def every_field(kind: type[Manifest]) -> Iterator[Field]:
    waiting = list(fields_of(kind))
    while waiting:
        field = waiting.pop()
        yield field
        waiting += field.children


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_every_field_is_described_in_a_sentence(kind: type[Manifest]) -> None:
    poor = [field.path for field in every_field(kind) if len(field.description) < 5 or field.description[-1] != "."]
    assert poor == []


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_no_field_may_be_of_two_types(kind: type[Manifest]) -> None:
    def unions(schema: Any, path: str) -> Iterator[str]:
        if isinstance(schema, dict):
            options = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
            if len(options) > 1 or "oneOf" in schema:
                yield path
            for name, below in schema.items():
                yield from unions(below, f"{path}/{name}")

    assert list(unions(kind.model_json_schema(by_alias=True), kind.__name__)) == []


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_every_list_and_text_of_a_spec_is_bounded_so_that_rules_on_it_can_be_admitted(kind: type[Manifest]) -> None:
    schema = kind.model_json_schema(by_alias=True)
    unbounded = [
        f"{name}.{field}"
        for name, part in schema["$defs"].items()
        if name not in {"Metadata", "Condition"} and "Status" not in name
        for field, below in part.get("properties", {}).items()
        if below.get("type") == "array" and "maxItems" not in below
    ]
    assert unbounded == []


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_columns_and_rules_point_at_fields_that_are_there(kind: type[Manifest]) -> None:
    for column in COLUMNS[kind.__name__]:
        field_at(kind, column.path.split("[")[0].split("."))
    for rule in RULES[kind.__name__]:
        field_at(kind, rule.path.split(".") if rule.path else [])


def test_the_rule_on_terminated_terms_names_every_term() -> None:
    rule = next(rule for rule in RULES["DataSharingAgreement"] if "terms of a terminated" in rule.message)
    fields = DataSharingAgreementSpec.model_fields
    terms = {info.alias for name, info in fields.items() if name not in STANDING}
    assert all(f"self.{term} == oldSelf.{term}" in rule.cel for term in terms)


def test_names_of_kinds_are_not_shared() -> None:
    names = [name for kind in ALL_KINDS for name in names_of(kind)]
    assert len(names) == len(set(names))
    assert CATEGORY not in names
    assert kinds_named("ndsc") == ALL_KINDS
    assert [kind.__name__ for kind in kinds_named("dn,forces,dn")] == ["DataNode", "Force"]


def test_data_categories_are_those_that_records_have() -> None:
    given = {"nominal", "location"}
    for body in (Event, Object):
        given |= set(body.model_json_schema()["properties"]["category"]["enum"])
    assert {category.value for category in DataCategory} == given


def test_a_path_out_of_an_error_message_can_be_explained() -> None:
    assert "Code of the force." in explain("dsa.spec.parties[0].force")
