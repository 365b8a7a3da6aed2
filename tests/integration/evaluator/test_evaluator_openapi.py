"""Whatever its OpenAPI document allows, and much that it does not, the evaluator answers as the document says."""

from __future__ import annotations

from tests.integration.evaluator.conftest import Running
from tests.openapi import attempts, bearer, keeps_to_document


def test_the_evaluator_keeps_to_its_document(running: Running) -> None:
    tried = list(attempts(running.app))
    assert {path for _, path, _ in tried} == {"/v1/evaluate", "/v1/epochs", "/healthz", "/readyz"}
    for attempt in tried:
        keeps_to_document(running.app, attempt, bearer(running.token))


def test_every_body_in_the_document_has_an_example(running: Running) -> None:
    document = running.app.openapi()
    assert document["components"]["schemas"]["Evaluate"]["examples"]
