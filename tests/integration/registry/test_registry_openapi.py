"""Whatever its OpenAPI document allows, and much that it does not, the registry answers as the document says."""

from __future__ import annotations

from functools import partial

from tests.integration.registry.conftest import Running
from tests.openapi import attempts, bearer, keeps_to_document


def test_the_registry_keeps_to_its_document(running: Running) -> None:
    for attempt in attempts(running.app):
        caller = ("gateway", None) if attempt[1] == "/v1/lookup" else ("node", "south-wales")
        keeps_to_document(running.app, attempt, bearer(partial(running.token, *caller)), examples=8)


def test_every_body_in_the_document_has_an_example(running: Running) -> None:
    document = running.app.openapi()
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for item in document["paths"].values()
        for operation in item.values()
        if "requestBody" in operation
    }
    assert bodies == {"Lookup", "Change", "Append", "Datasets"}
    assert all(document["components"]["schemas"][body]["examples"] for body in bodies)
