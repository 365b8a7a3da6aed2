"""The node answers as its OpenAPI document says, whatever it is sent."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from tests.asking import headers, officer, token_for
from tests.openapi import Asked, attempts, keeps_to_document

from ndsc.audit.log import AuditLog
from ndsc.node.app import create
from ndsc.policy.embedded import RegopyDecider
from ndsc.trust.keys import SigningKey

KEY = SigningKey.generate()


def shown(asked: Asked) -> dict[str, str]:
    token = token_for(KEY, officer(force="south-wales", clearance=2), asked.body or asked.query)
    return headers(token, "node:south-wales", asked.method, asked.path)


@pytest.fixture
def app(node_engine: Engine) -> FastAPI:
    return create(
        engine=node_engine,
        force="south-wales",
        decider=RegopyDecider(),
        trusted=lambda: {KEY.kid: KEY.public},
        audit=AuditLog(node_engine, "test/node"),
    )


def test_every_operation_keeps_to_its_document(app: FastAPI) -> None:
    for attempt in attempts(app):
        keeps_to_document(app, attempt, shown, examples=8)


def test_every_operation_has_words_and_the_search_an_example(app: FastAPI) -> None:
    document = app.openapi()
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert all(operation.get("description") or operation.get("summary") for operation in operations)
    assert document["components"]["schemas"]["NodeSearch"]["examples"]
