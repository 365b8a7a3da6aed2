"""Whatever its OpenAPI document allows, and much that it does not, the gateway answers as the document says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import aiohttp
import pytest
from fastapi import FastAPI
from tests.asking import headers as shown_by
from tests.integration.gateway.conftest import Desk
from tests.openapi import Asked, attempts, keeps_to_document
from tests.owning import no_log

from ndsc.web.client import open_session
from ndsc.web.problems import MEDIA_TYPE


class EachOnItsOwn:
    """A client with a session for each call: a session belongs to one event loop, and here each try has its own."""

    def __init__(self, desk: Desk, part: str) -> None:
        self._socket, self._part = desk.sockets.path(part), part

    @asynccontextmanager
    async def request(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        async with (
            await open_session(self._socket, self._part) as session,
            session.request(method, path, **options) as response,
        ):
            yield response


@pytest.fixture(scope="module")
def app(desk: Desk) -> FastAPI:
    """The gateway in this process, in front of the real index."""
    return desk.gateway_over(lambda part: cast("aiohttp.ClientSession", EachOnItsOwn(desk, part)))


def test_the_gateway_keeps_to_its_document(desk: Desk, app: FastAPI) -> None:
    def shown(asked: Asked) -> dict[str, str]:
        return shown_by(desk.officer(asked.body or asked.query), "gateway", asked.method, asked.path)

    tried = list(attempts(app))
    assert {path for _, path, _ in tried} == {
        "/v1/search",
        "/v1/records/{record}",
        "/v1/records/{record}/decision",
        "/healthz",
        "/readyz",
    }
    for attempt in tried:
        keeps_to_document(app, attempt, shown, examples=8)


def test_every_operation_has_words_and_every_input_an_example(app: FastAPI) -> None:
    document = app.openapi()
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert all(operation.get("description") or operation.get("summary") for operation in operations)
    assert document["components"]["schemas"]["SearchRequest"]["examples"]
    named = [p for operation in operations for p in operation.get("parameters", []) if p["name"] == "record"]
    assert len(named) == 2
    assert all(parameter.get("examples") for parameter in named)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "problem"),
    [
        ("POST", "/v1/search", None, 401, "unauthenticated"),
        ("POST", "/v1/search", {}, 422, "invalid-input"),
        ("GET", "/v1/records/kent.p.mfrggzdfmztwq2lk?purpose=prevent-crime", None, 404, "not-found"),
        ("GET", "/v1/nothing", None, 404, "not-found"),
        ("DELETE", "/v1/search", None, 405, "method-not-allowed"),
    ],
)
def test_every_refusal_is_a_problem_document(
    desk: Desk, method: str, path: str, body: object, status: int, problem: str
) -> None:
    headers = {} if status == 401 else shown_by(desk.officer({"purpose": "prevent-crime"}), "gateway", method, path)
    response = desk.http.request(method, path, json=body, headers={**headers, "X-Request-ID": "the-request-1"})
    assert (response.status_code, response.headers["content-type"]) == (status, MEDIA_TYPE)
    assert response.json()["type"] == f"urn:ndsc:problem:{problem}"
    assert response.json()["instance"] == "urn:ndsc:request:the-request-1"


def test_alive_is_not_the_same_as_ready(desk: Desk) -> None:
    assert desk.http.get("/readyz").status_code == 200
    with no_log(desk.engines["gateway"]):
        assert desk.http.get("/healthz").status_code == 200
        assert desk.http.get("/readyz").status_code == 503
