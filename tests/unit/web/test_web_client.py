"""A typed client sends its id on, and whatever comes back is an answer or an error of ours, never something else."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
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
    open_session,
)
from ndsc.web.identity import request_id
from ndsc.web.room import Place

Handler = Callable[[httpx.Request], httpx.Response]
Caller = Callable[[Handler], Any]
Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def blocking(handler: Handler) -> Any:
    with httpx.Client(transport=httpx.MockTransport(handler), base_url="http://registry") as client:
        return call("registry", client, "POST", "/v1/lookup", token="the-token", json={"tokens": []})


async def _from_socket(serve: Connected, *, timeout: float = 10.0) -> Any:
    """What the asynchronous client makes of a server on a socket that does ``serve`` with its one connection."""
    ended = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer)
        writer.close()
        with suppress(ConnectionError):  # the client may be gone already
            await writer.wait_closed()
        ended.set()

    with TemporaryDirectory(prefix="ndsc-") as folder:
        socket = Path(folder) / "s"
        async with await asyncio.start_unix_server(connected, socket):
            try:
                async with await open_session(socket, "registry", timeout=timeout) as client:
                    return await acall("registry", client, "POST", "/v1/lookup", token="the-token", json={"tokens": []})
            finally:
                await ended.wait()


def asynchronous(handler: Handler) -> Any:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[:-1]
        headers = dict(line.split(": ", 1) for line in lines)
        body = await reader.readexactly(int({name.lower(): value for name, value in headers.items()}["content-length"]))
        method, path, _ = first.split()
        answer = handler(httpx.Request(method, f"http://registry{path}", headers=headers, content=body))
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        writer.write(f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}\r\n{head}\r\n".encode() + answer.content)

    return asyncio.run(_from_socket(serve))


either_way = pytest.mark.parametrize("caller", [blocking, asynchronous])


@either_way
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


@either_way
def test_an_empty_good_answer_is_none(caller: Caller) -> None:
    assert caller(lambda _: httpx.Response(204)) is None


@either_way
def test_a_problem_becomes_an_error_with_its_status_code_and_hint(caller: Caller) -> None:
    body = {"type": "urn:ndsc:problem:quota-used", "title": "Too many", "detail": "Wait.", "hint": "An hour."}
    with pytest.raises(RemoteProblemError) as raised:
        caller(lambda _: httpx.Response(429, json=body))
    error = raised.value
    assert (error.status, error.code, error.title, error.hint) == (429, "quota-used", "Too many", "An hour.")
    assert error.message == "registry: Wait."
    assert RemoteProblemError.status == NdscError.status, "one answer does not change the class"


@either_way
@pytest.mark.parametrize("body", [[], "text", None, {}, {"type": 7, "detail": []}])
def test_a_refusal_in_no_known_form_is_still_a_refusal(caller: Caller, body: object) -> None:
    with pytest.raises(RemoteProblemError) as raised:
        caller(lambda _: httpx.Response(403, json=body))
    assert raised.value.status == 403


@either_way
@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("content", [b"<html>", b"\xff", b"[" * 100_000, b"1" * 5000])
def test_an_answer_that_is_no_json_counts_as_no_answer(caller: Caller, status: int, content: bytes) -> None:
    with pytest.raises(UnavailableError, match="not JSON"):
        caller(lambda _: httpx.Response(status, content=content))


@either_way
def test_a_redirection_is_not_followed(caller: Caller) -> None:
    with pytest.raises(UnavailableError, match="elsewhere"):
        caller(lambda _: httpx.Response(302, json={}, headers={"location": "http://elsewhere.example"}))


@either_way
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
def test_slow_and_gone_are_told_apart_while_one_waits(failure: Exception, error: type[UnavailableError]) -> None:
    def service(_: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(error):
        blocking(service)


async def _silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


def _saying(content: bytes) -> Connected:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(content)

    return serve


@pytest.mark.parametrize(
    ("serve", "error"),
    [
        (_silent, RemoteTimeoutError),
        (_saying(b""), RemoteUnreachableError),
        (_saying(b"garbage\r\n\r\n"), RemoteUnreachableError),
        (_saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"), RemoteUnreachableError),
        (_saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), RemoteUnreachableError),
        (_saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"), RemoteUnreachableError),
    ],
    ids=["silent", "gone", "garbage", "half", "broken parts", "long header"],
)
def test_slow_and_gone_are_told_apart_beside_other_work(serve: Connected, error: type[UnavailableError]) -> None:
    with pytest.raises(error):
        asyncio.run(_from_socket(serve, timeout=0.5))


def test_where_nobody_listens_a_service_is_gone(tmp_path: Path) -> None:
    async def go() -> None:
        async with await open_session(tmp_path / "s", "registry") as client:
            await acall("registry", client, "GET", "/", token="the-token")

    with pytest.raises(RemoteUnreachableError):
        asyncio.run(go())


def test_a_compressed_answer_is_not_taken() -> None:
    packed = gzip.compress(b'{"held": []}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    with pytest.raises(UnavailableError, match="not JSON"):
        asyncio.run(_from_socket(_saying(head + packed)))
