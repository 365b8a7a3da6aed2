"""What the typed clients share: the request id goes on, problems become errors again, every wait ends."""

from __future__ import annotations

from typing import Any

import httpx

from ndsc.errors import NdscError, UnavailableError
from ndsc.web.app import REQUEST_ID, request_id


class RemoteProblemError(NdscError):
    """A service answered with a problem document (RFC 9457); its status, code and hint are the service's own."""

    def __init__(self, service: str, status: int, body: dict[str, Any]) -> None:
        super().__init__(
            f"{service}: {body.get('detail') or body.get('title') or status}", hint=str(body.get("hint", ""))
        )
        self.status = status  # type: ignore[misc]  # an instance's answer, where the class has a default
        self.code = str(body.get("type", "")).rpartition(":")[2] or "remote-problem"  # type: ignore[misc]


class RemoteTimeoutError(UnavailableError):
    """A service did not answer within its time."""

    code = "timed-out"
    title = "Timed out"


class RemoteUnreachableError(UnavailableError):
    """No connection to a service could be made."""

    code = "unreachable"
    title = "Unreachable"


def headers(token: str) -> dict[str, str]:
    """Bearer token and request id."""
    sent = {"Authorization": f"Bearer {token}"}
    if request_id.get():
        sent[REQUEST_ID] = request_id.get()
    return sent


def answer(service: str, response: httpx.Response) -> Any:
    """The JSON of a good answer; a problem is raised as :class:`RemoteProblemError`."""
    try:
        body = response.json()
    except ValueError as error:
        raise UnavailableError(f"{service} answered something that is not JSON") from error
    if response.is_success:
        return body
    raise RemoteProblemError(service, response.status_code, body if isinstance(body, dict) else {})


def call(service: str, client: httpx.Client, method: str, path: str, *, token: str, json: Any = None) -> Any:
    """One call of a blocking client (its own timeout bounds it)."""
    try:
        return answer(service, client.request(method, path, json=json, headers=headers(token)))
    except httpx.TimeoutException as error:
        raise RemoteTimeoutError(f"{service} did not answer in time") from error
    except httpx.TransportError as error:
        raise RemoteUnreachableError(f"{service} cannot be reached") from error


async def acall(
    service: str, client: httpx.AsyncClient, method: str, path: str, *, token: str, json: Any = None
) -> Any:
    """One call of an asynchronous client (its own timeout bounds it)."""
    try:
        return answer(service, await client.request(method, path, json=json, headers=headers(token)))
    except httpx.TimeoutException as error:
        raise RemoteTimeoutError(f"{service} did not answer in time") from error
    except httpx.TransportError as error:
        raise RemoteUnreachableError(f"{service} cannot be reached") from error
