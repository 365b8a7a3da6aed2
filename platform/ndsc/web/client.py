"""What the typed clients share: the request id goes on, problems become errors again, every wait has its bound.

Who waits for one answer at a time uses httpx. The gateway, which makes several calls a search, uses aiohttp: a call
takes it half the processor time.
"""

from __future__ import annotations

import json as json_text
from pathlib import Path
from typing import Any, NamedTuple, Self

import aiohttp
import httpx

from ndsc.errors import NdscError, UnavailableError
from ndsc.web.identity import REQUEST_ID, request_id
from ndsc.web.room import Place

NOT_MODIFIED = 304
_READ_BYTES = 256 * 1024
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


async def open_session(socket: Path, name: str, *, timeout: float = 10.0) -> aiohttp.ClientSession:
    """A client of the service on a Unix socket, for :func:`acall` on this loop; ``timeout`` is in seconds a call.

    It keeps no cookie. It takes no compressed answer, which could grow to more than was counted.
    """
    return aiohttp.ClientSession(
        f"http://{name}",
        connector=aiohttp.UnixConnector(str(socket)),
        timeout=aiohttp.ClientTimeout(total=timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        json_serialize=_COMPACT.encode,
        skip_auto_headers=("Accept-Encoding", "User-Agent"),
    )


async def acall(
    service: str,
    client: aiohttp.ClientSession,
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
