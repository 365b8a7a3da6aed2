"""A typed client sends its id on, and whatever comes back is an answer or an error of ours, never something else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from ndsc.errors import NdscError, UnavailableError
from ndsc.web import client as web_client
from ndsc.web.client import (
    AnswerTooLargeError,
    RemoteProblemError,
    RemoteTimeoutError,
    RemoteUnreachableError,
    acall,
    call,
)
from ndsc.web.identity import request_id
from ndsc.web.room import Place

Handler = Callable[[httpx.Request], httpx.Response]
Caller = Callable[[Handler], Any]


def blocking(handler: Handler) -> Any:
    with httpx.Client(transport=httpx.MockTransport(handler), base_url="http://registry") as client:
        return call("registry", client, "POST", "/v1/lookup", token="the-token", json={"tokens": []})


def asynchronous(handler: Handler) -> Any:
    async def go() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://registry") as client:
            return await acall("registry", client, "POST", "/v1/lookup", token="the-token", json={"tokens": []})

    return asyncio.run(go())


pytestmark = pytest.mark.parametrize("caller", [blocking, asynchronous])


def test_token_body_and_request_id_are_sent(caller: Caller) -> None:
    def service(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[dict(request.headers), request.content.decode()])

    mark = request_id.set("0123456789abcdef")
    sent, body = caller(service)
    request_id.reset(mark)
    assert sent["authorization"] == "Bearer the-token"
    assert sent["x-request-id"] == "0123456789abcdef"
    assert body == '{"tokens":[]}'
    assert "x-request-id" not in caller(service)[0], "outside a request there is no id to send on"


def test_an_empty_good_answer_is_none(caller: Caller) -> None:
    assert caller(lambda _: httpx.Response(204)) is None


def test_a_problem_becomes_an_error_with_its_status_code_and_hint(caller: Caller) -> None:
    body = {"type": "urn:ndsc:problem:quota-used", "title": "Too many", "detail": "Wait.", "hint": "An hour."}
    with pytest.raises(RemoteProblemError) as raised:
        caller(lambda _: httpx.Response(429, json=body))
    error = raised.value
    assert (error.status, error.code, error.title, error.hint) == (429, "quota-used", "Too many", "An hour.")
    assert error.message == "registry: Wait."
    assert RemoteProblemError.status == NdscError.status, "one answer does not change the class"


@pytest.mark.parametrize("body", [[], "text", None, {}, {"type": 7, "detail": []}])
def test_a_refusal_in_no_known_form_is_still_a_refusal(caller: Caller, body: object) -> None:
    with pytest.raises(RemoteProblemError) as raised:
        caller(lambda _: httpx.Response(403, json=body))
    assert raised.value.status == 403


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("content", [b"<html>", b"\xff", b"[" * 100_000, b"1" * 5000])
def test_an_answer_that_is_no_json_counts_as_no_answer(caller: Caller, status: int, content: bytes) -> None:
    with pytest.raises(UnavailableError, match="not JSON"):
        caller(lambda _: httpx.Response(status, content=content))


def test_a_redirection_is_not_followed(caller: Caller) -> None:
    with pytest.raises(UnavailableError, match="elsewhere"):
        caller(lambda _: httpx.Response(302, json={}, headers={"location": "http://elsewhere.example"}))


def test_an_answer_without_end_is_not_read_to_the_end(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_client, "Place", partial(Place, 1000))
    with pytest.raises(AnswerTooLargeError, match="more than there is room for"):
        caller(lambda _: httpx.Response(200, content=b'"' + b"x" * 1000 + b'"'))


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx.ReadTimeout("slow"), RemoteTimeoutError),
        (httpx.ConnectTimeout("slow"), RemoteTimeoutError),
        (httpx.PoolTimeout("busy"), RemoteTimeoutError),
        (httpx.ConnectError("refused"), RemoteUnreachableError),
        (httpx.ReadError("reset"), RemoteUnreachableError),
        (httpx.RemoteProtocolError("garbage"), RemoteUnreachableError),
        (httpx.DecodingError("not gzip"), RemoteUnreachableError),
    ],
)
def test_slow_and_gone_are_told_apart(caller: Caller, failure: Exception, error: type[UnavailableError]) -> None:
    def service(_: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(error):
        caller(service)
