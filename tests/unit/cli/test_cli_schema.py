"""The printed schemas are JSON Schema, and say of real documents what the models say."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest
import yaml
from typer.testing import CliRunner

from ndsc.cli.main import app
from ndsc.cli.schema import Subject, schema_of
from ndsc.gateway.schemas import EXAMPLE_SEARCH

MANIFESTS = [
    document
    for file in files("ndsc.embedded").joinpath("manifests").iterdir()
    for document in yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
]


def accepts(subject: Subject, document: Any) -> bool:
    return jsonschema_rs.Draft202012Validator(schema_of(subject)).is_valid(document)


@pytest.mark.parametrize("subject", list(Subject))
def test_each_is_printed_as_json_schema(subject: Subject) -> None:
    printed = json.loads(CliRunner().invoke(app, ["schema", subject.value]).stdout)
    jsonschema_rs.meta.validate(printed)
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("kind", ["Force", "DataNode"])
def test_shipped_manifests_keep_to_theirs(kind: str) -> None:
    documents = [document for document in MANIFESTS if document["kind"] == kind]
    assert documents
    assert all(accepts(Subject(kind.lower()), document) for document in documents)
    assert not accepts(Subject(kind.lower()), {**documents[0], "unheard-of": 1})


@pytest.mark.parametrize(("born", "right"), [("1987", True), ("1987-03", True), ("9 March 1987", False)])
def test_a_date_may_be_partial_and_keeps_its_form(born: str, right: bool) -> None:
    asked = {**EXAMPLE_SEARCH, "query": {"kind": "person", "surname": "Lee", "date_of_birth": born}}
    assert accepts(Subject.SEARCH, asked) is right
