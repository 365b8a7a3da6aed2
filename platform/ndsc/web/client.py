"""What the typed clients share: the request id goes on, problems become errors again, every wait has its bound.

Who waits for one answer at a time uses httpx. The gateway, which makes several calls a search, uses aiohttp: a call
takes it half the processor time.
"""

from __future__ import annotations

import json as json_text
import ssl
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

import aiohttp
import httpx

from ndsc.errors import NdscError, UnavailableError
from ndsc.web.identity import REQUEST_ID, request_id
from ndsc.web.room import Place

NOT_MODIFIED = 304
_READ_BYTES = 256 * 1024
_CONNECTIONS = 64
"""To one service, at once: more calls wait, each within its own time."""
_DNS_SECONDS = 10
_LIMITS = httpx.Limits(max_connections=16, max_keepalive_connections=4, keepalive_expiry=15)
_POOLS = 2
_COMPACT = json_text.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class RemoteProblemError(NdscError):
    """A service answered with a problem document (RFC 9457); its status, code and hint are the service's own."""

    def __init__(self, service: str, status: int, body: dict[str, Any]) -> None:
        said = str(body.get("detail") or body.get("title") or status)
        super().__init__(f"{service}: {said}", hint=str(body.get("hint", "")))
        self.said = said
        self.status = status  # type: ignore[misc]  # an instance's answer, where the class has a default
        self.code = str(body.get("type", "")).rpartition(":")[2] or "remote-problem"  # type: ignore[misc]
        self.title = str(body.get("title") or self.title)  # type: ignore[misc]

    def in_its_own_words(self) -> Self:
        """Without the service's name in front: for somebody who knows of one service only."""
        self.message = self.said
        return self


class AnswerTooLargeError(UnavailableError):
    """A service answered with more than its caller has room for."""

    code = "answer-too-large"
    title = "The answer is too large"


class RemoteTimeoutError(UnavailableError):
    """A service did not answer within its time."""

    code = "timed-out"
    title = "Timed out"


class RemoteUnreachableError(UnavailableError):
    """No connection to a service could be made, or it broke off."""

    code = "unreachable"
    title = "Unreachable"


class Poll(NamedTuple):
    """A call that need not be answered before there is something new."""

    known: str
    """Entity tag of what the caller has, without its quotes (RFC 9110 section 8.8.3); empty for nothing."""
    wait: int
    """Seconds that the answer may be held back (RFC 7240 section 4.3)."""

    def headers(self) -> dict[str, str]:
        """How it is said."""
        known = {"If-None-Match": f'"{self.known}"'} if self.known else {}
        return known | ({"Prefer": f"wait={self.wait}"} if self.wait else {})


def headers(token: str, proof: str = "") -> dict[str, str]:
    """Request id and token: a bearer's, or one that is shown with the proof of a key (RFC 9449)."""
    sent = {"Authorization": f"DPoP {token}", "DPoP": proof} if proof else {"Authorization": f"Bearer {token}"}
    if request_id.get():
        sent[REQUEST_ID] = request_id.get()
    return sent


def answer(service: str, status: int, content: bytes) -> Any:
    """The JSON of a good answer; ``None`` for an empty one, and where the caller has it already (304).

    A problem is raised as :class:`RemoteProblemError`.
    """
    if (200 <= status < 300 and not content) or status == NOT_MODIFIED:
        return None
    try:
        body = json_text.loads(content or b"{}")
    except (ValueError, RecursionError):
        raise UnavailableError(f"{service} answered something that is not JSON") from None
    if 200 <= status < 300:
        return body
    if status < 400:
        raise UnavailableError(f"{service} sent its caller elsewhere, which no part of the platform does")
    raise RemoteProblemError(service, status, body if isinstance(body, dict) else {})


def call(
    service: str,
    client: httpx.Client,
    method: str,
    path: str,
    *,
    token: str,
    proof: str = "",
    json: Any = None,
    poll: Poll | None = None,
) -> Any:
    """One call of a blocking client (its own timeout bounds it, beyond what a ``poll`` asks to wait)."""
    content, place = bytearray(), Place()
    sent, bound = headers(token, proof), client.timeout.as_dict()
    if poll is not None:
        sent, bound = sent | poll.headers(), bound | {"read": (client.timeout.read or 0) + poll.wait}
    try:
        with client.stream(method, path, json=json, headers=sent, timeout=httpx.Timeout(**bound)) as response:
            for part in response.iter_bytes(_READ_BYTES):
                _take(service, content, place, part)
    except httpx.RequestError as error:
        raise _failure(service, error) from error
    return answer(service, response.status_code, bytes(content))


class Session(Protocol):
    """What the asynchronous clients call a service by."""

    def request(
        self, method: str, path: str, *, json: Any, headers: dict[str, str], allow_redirects: bool
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """One request."""


async def open_session(socket: Path, name: str, *, timeout: float = 10.0) -> aiohttp.ClientSession:
    """A client of the service on a Unix socket, for :func:`acall` on this loop; ``timeout`` is in seconds a call.

    It keeps no cookie. It takes no compressed answer, which could grow to more than was counted.
    """
    return _session(f"http://{name}", aiohttp.UnixConnector(str(socket)), timeout)


def _session(base_url: str, connector: aiohttp.BaseConnector, timeout: float) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        base_url,
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        json_serialize=_COMPACT.encode,
        skip_auto_headers=("Accept-Encoding", "User-Agent"),
    )


class TlsSession:
    """A client of the service at an ``https`` address, for :func:`acall` on the loop that it is made on.

    ``trust`` answers whom a connection that is made now believes; one made earlier is not used again once it answers
    otherwise. ``timeout`` is in seconds a call.
    """

    def __init__(self, url: str, trust: Callable[[], ssl.SSLContext], *, timeout: float = 10.0) -> None:
        self._trust = trust
        self._session = _session(url, aiohttp.TCPConnector(limit=_CONNECTIONS, ttl_dns_cache=_DNS_SECONDS), timeout)

    def request(
        self, method: str, path: str, *, json: Any, headers: dict[str, str], allow_redirects: bool
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """One request."""
        return self._session.request(
            method, path, json=json, headers=headers, allow_redirects=allow_redirects, ssl=self._trust()
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._session.close()


class TlsTransport(httpx.BaseTransport):
    """HTTPS for a blocking client; ``trust`` answers whom a connection that is made now believes.

    When it answers otherwise the connections made before are used no longer, but requests under way on them end well.
    """

    def __init__(self, trust: Callable[[], ssl.SSLContext]) -> None:
        self._trust = trust
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._pools: list[httpx.HTTPTransport] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request, on a connection of the present trust."""
        return self._pool().handle_request(request)

    def close(self) -> None:
        """Close its connections."""
        with self._lock:
            for pool in self._pools:
                pool.close()
            self._pools.clear()

    def _pool(self) -> httpx.HTTPTransport:
        with self._lock:
            context = self._trust()
            if context is not self._context or not self._pools:
                self._context = context
                self._pools.append(httpx.HTTPTransport(verify=context, limits=_LIMITS))
                if len(self._pools) > _POOLS:
                    self._pools.pop(0).close()  # two changes ago: no call takes that long
            return self._pools[-1]


class ElsewhereTransport(httpx.BaseTransport):
    """Connects elsewhere than the URL says, and insists on the certificate of the host that it names."""

    def __init__(self, trust: ssl.SSLContext, place: str) -> None:
        self._transport = httpx.HTTPTransport(verify=trust)
        host, _, port = place.rpartition(":")
        self._host, self._port = host, int(port)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request."""
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(host=self._host, port=self._port)
        return self._transport.handle_request(request)

    def close(self) -> None:
        """Close its connections."""
        self._transport.close()


async def acall(
    service: str,
    client: Session,
    method: str,
    path: str,
    *,
    token: str,
    proof: str = "",
    json: Any = None,
    place: Place | None = None,
) -> Any:
    """One call of an asynchronous client (its own timeout bounds it), whose answer fits into ``place``."""
    content, place = bytearray(), place or Place()
    sent = headers(token, proof)
    try:
        async with client.request(method, path, json=json, headers=sent, allow_redirects=False) as response:
            async for part in response.content.iter_any():
                _take(service, content, place, part)
    except TimeoutError as error:
        raise RemoteTimeoutError(f"{service} did not answer in time") from error
    except aiohttp.ClientError as error:
        raise RemoteUnreachableError(f"{service} cannot be reached") from error
    return answer(service, response.status, bytes(content))


def _take(service: str, content: bytearray, place: Place, part: bytes) -> None:
    if not place.take(len(part)):
        raise AnswerTooLargeError(f"{service} answered with more than there is room for")
    content += part


def _failure(service: str, error: httpx.RequestError) -> UnavailableError:
    if isinstance(error, httpx.TimeoutException):
        return RemoteTimeoutError(f"{service} did not answer in time")
    return RemoteUnreachableError(f"{service} cannot be reached")
