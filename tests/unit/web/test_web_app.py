"""Every service: problems that repeat nothing, one request id, bounded bodies, health apart from readiness."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from typing import Any

import httpx
import pytest
from fastapi import Header
from fastapi.responses import StreamingResponse
from opentelemetry import trace
from pydantic import field_validator

from ndsc.errors import ConflictError, NdscError, UnauthenticatedError
from ndsc.model.base import Model
from ndsc.web import logging as web_logging
from ndsc.web.app import MAX_BODY_BYTES, create_app, request_id
from ndsc.web.observing import BrokenOffError

SECRET = "Zebediah Quillfeather"
NO_INTEGER = "Input should be a valid integer, unable to parse string as an integer"


class Query(Model):
    surname: str
    age: int = 0

    @field_validator("surname")
    @classmethod
    def known(cls, value: str) -> str:
        if value.startswith("Zebediah"):
            raise ValueError(f"nobody is called {value}")
        if value == "!":
            raise ValueError("a surname has letters")
        return value


class Service:
    """A small service whose routes show each way that a request can end."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.app = create_app("example", description="For tests.", ready=self.ready)
        self.app.post("/v1/search/{record}")(self.search)
        self.app.get("/v1/id")(self.identity)
        self.app.get("/v1/fail")(self.fail)
        self.app.get("/v1/break")(self.break_off)

    def ready(self) -> None:
        if self.trouble:
            raise self.trouble

    def search(self, record: str, query: Query) -> dict[str, str]:
        return {"found": query.surname, "in": record}

    def identity(self) -> str:
        return request_id.get()

    def fail(self, how: str = Header()) -> None:
        raise {
            "conflict": ConflictError("It is taken.", hint="Choose another."),
            "token": UnauthenticatedError("No."),
            "surprise": RuntimeError(f"no such person as {SECRET}"),
        }[how]

    def break_off(self) -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"begun"
            raise RuntimeError(SECRET)

        return StreamingResponse(parts())

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url="http://example") as client:
                return await client.request(method, path, **options)

        return asyncio.run(go())


@pytest.fixture
def logged() -> Iterator[StringIO]:
    stream = StringIO()
    web_logging.configure(level="debug", stream=stream)
    yield stream
    web_logging.configure()


@pytest.fixture
def service(logged: StringIO) -> Service:
    return Service()


def lines(logged: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logged.getvalue().splitlines()]


def problem_in(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"] == f"urn:ndsc:problem:{code}"
    assert body["status"] == status
    assert body["instance"] == f"urn:ndsc:request:{response.headers['x-request-id']}"
    return body


def test_a_good_answer_carries_its_request_id_and_is_not_for_caches(service: Service) -> None:
    response = service.send("POST", "/v1/search/r1", json={"surname": "Test"})
    assert response.json() == {"found": "Test", "in": "r1"}
    assert len(response.headers.get_list("x-request-id")) == 1
    assert response.headers["cache-control"] == "no-store"


def test_the_callers_id_is_used_where_the_work_is_done(service: Service) -> None:
    response = service.send("GET", "/v1/id", headers={"X-Request-ID": "search-0123456789"})
    assert response.json() == response.headers["x-request-id"] == "search-0123456789"
    assert request_id.get() == "", "and it ends with the request"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "two words here", "line\tbreak", "naïve-identifier"])
def test_an_id_that_is_none_is_replaced(service: Service, given: str) -> None:
    response = service.send("GET", "/v1/id", headers={"X-Request-ID": given.encode()})
    assert response.json() not in ("", given)


def test_our_own_errors_become_problems_with_their_code_and_hint(service: Service) -> None:
    body = problem_in(service.send("GET", "/v1/fail", headers={"how": "conflict"}), 409, "conflict")
    assert (body["detail"], body["hint"]) == ("It is taken.", "Choose another.")


def test_a_401_says_how_to_sign_in(service: Service) -> None:
    response = service.send("GET", "/v1/fail", headers={"how": "token"})
    problem_in(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"] == 'Bearer, DPoP algs="EdDSA"'


def test_what_the_framework_refuses_is_a_problem_too(service: Service) -> None:
    problem_in(service.send("GET", "/v1/nothing"), 404, "not-found")
    response = service.send("DELETE", "/v1/id")
    problem_in(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET"


def test_an_error_nobody_foresaw_tells_its_id_and_nothing_else(service: Service, logged: StringIO) -> None:
    response = service.send("GET", "/v1/fail", headers={"how": "surprise"})
    problem_in(response, 500, "internal-error")
    assert "Zebediah" not in response.text + logged.getvalue()
    error = next(line for line in lines(logged) if line["level"] == "error")
    assert error["error"] == "RuntimeError"
    assert "test_web_app:" in error["where"]
    assert error["request_id"] == response.headers["x-request-id"]


def test_an_error_after_the_answer_began_breaks_off_without_its_message(service: Service, logged: StringIO) -> None:
    with pytest.raises(BrokenOffError) as broken:
        service.send("GET", "/v1/break")
    assert broken.value.__cause__ is None
    assert broken.value.__suppress_context__
    assert "Zebediah" not in logged.getvalue()


@pytest.mark.parametrize(
    ("body", "at", "sentence"),
    [
        ({"surname": SECRET}, "body/surname", "The value is not valid here; the OpenAPI document says what is."),
        ({"surname": "!"}, "body/surname", "a surname has letters"),
        ({"surname": 7}, "body/surname", "Input should be a valid string"),
        ({}, "body/surname", "Field required"),
        ({"surname": "x", "age": SECRET}, "body/age", NO_INTEGER),
        ({"surname": "x", SECRET: 1}, "body/(unknown)", "Extra inputs are not permitted"),
        ([SECRET], "body", "Input should be a valid dictionary or object to extract fields from"),
    ],
)  # fmt: skip
def test_a_refused_input_is_named_by_its_place_and_never_repeated(
    service: Service, body: object, at: str, sentence: str
) -> None:
    response = service.send("POST", "/v1/search/r1", json=body)
    problem = problem_in(response, 422, "invalid-input")
    assert problem["errors"] == [{"at": at, "problem": sentence}]
    assert "Zebediah" not in response.text


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b'"' + SECRET.encode(), b"[" * 200_000, b"1" * 5000, SECRET.encode()],
)
def test_a_body_that_is_no_json_is_a_problem_and_never_repeated(service: Service, content: bytes) -> None:
    response = service.send("POST", "/v1/search/r1", content=content, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"
    assert "Zebediah" not in response.text


def test_many_errors_are_cut_short(service: Service) -> None:
    response = service.send("POST", "/v1/search/r1", json={"surname": "x"} | {f"extra{n}": n for n in range(300)})
    assert len(problem_in(response, 422, "invalid-input")["errors"]) == 50


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(service: Service) -> None:
    response = service.send("POST", "/v1/search/r1", content=b"{}", headers={"content-length": str(MAX_BODY_BYTES + 1)})
    problem_in(response, 413, "content-too-large")


def test_a_body_in_chunks_is_counted_and_refused_at_the_bound(service: Service) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 64 * 1024
            yield b" " * (64 * 1024)

    response = service.send("POST", "/v1/search/r1", content=chunks(), headers={"content-type": "application/json"})
    problem_in(response, 413, "content-too-large")
    assert sent <= MAX_BODY_BYTES + 2 * 64 * 1024, "the rest was never read"


@pytest.mark.parametrize("length", ["-1", "1e3", "+5", "0x10", "\u00b2"])
def test_a_length_that_is_no_number_is_refused(service: Service, length: str) -> None:
    response = service.send("GET", "/v1/id", headers={"content-length": length.encode("latin-1")})
    problem_in(response, 413, "content-too-large")


def test_a_request_is_logged_by_its_route_and_not_its_path(service: Service, logged: StringIO) -> None:
    service.send("POST", "/v1/search/Quillfeather?who=Quillfeather", json={"surname": "Quillfeather"})
    (line,) = lines(logged)
    assert (line["event"], line["service"], line["method"], line["status"]) == ("request", "example", "POST", 200)
    assert line["route"] == "/v1/search/{record}"
    assert line["ms"] >= 0
    assert "Quillfeather" not in logged.getvalue()


def test_a_live_service_that_cannot_answer_is_alive_and_not_ready(service: Service) -> None:
    assert service.send("GET", "/readyz").json() == {"status": "ready", "service": "example"}
    for trouble in (ConnectionError(SECRET), NdscError("The database is away.")):
        service.trouble = trouble
        response = service.send("GET", "/readyz")
        assert response.status_code in (500, 503)
        assert "Zebediah" not in response.text
        assert service.send("GET", "/healthz").json()["status"] == "alive"
    service.trouble = ConnectionError()
    problem_in(service.send("GET", "/readyz"), 503, "unavailable")


def test_health_checks_do_not_fill_the_log(service: Service, logged: StringIO) -> None:
    service.send("GET", "/healthz")
    assert [line["level"] for line in lines(logged)] == ["debug"]


def test_the_openapi_document_says_that_errors_are_problems(service: Service) -> None:
    document = service.send("GET", "/openapi.json").json()
    responses = document["paths"]["/v1/search/{record}"]["post"]["responses"]
    assert set(responses) == {"200", "default"}
    assert set(responses["default"]["content"]) == {"application/problem+json"}


def test_no_page_loads_scripts_from_elsewhere(service: Service) -> None:
    assert service.send("GET", "/docs").status_code == service.send("GET", "/redoc").status_code == 404


def test_no_telemetry_of_the_framework_learns_of_a_request(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    class Exporting(trace.TracerProvider):
        def get_tracer(self, *_: Any, **__: Any) -> trace.Tracer:
            raise AssertionError("the framework would tell of the request, with its path and query")

    monkeypatch.setattr(trace, "get_tracer_provider", Exporting)
    assert service.send("GET", "/v1/id").status_code == 200
