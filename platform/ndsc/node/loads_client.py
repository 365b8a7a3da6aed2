"""Sends exports to a node, and asks what it holds: for a force's own loader, and for whoever runs the node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import httpx

from ndsc.errors import InvalidInputError
from ndsc.node.holdings import Holdings
from ndsc.node.ledger import LoadReport
from ndsc.web.client import RemoteTimeoutError, RemoteUnreachableError, answer, call, headers

_READ_BYTES = 256 * 1024
_MOST_ANSWERED = 1024 * 1024

Progress = Callable[[int], None]
"""Told how many bytes more were sent."""


class LoadingClient:
    """A node as its loader asks it; ``client`` leads to it and bounds each wait."""

    def __init__(self, client: httpx.Client, force: str, token_source: Callable[[], str]) -> None:
        self._client = client
        self._name = f"node of {force}"
        self._token = token_source

    def load(self, file: Path, connector: str, progress: Progress, *, seconds: float) -> LoadReport:
        """Have an export taken in; the node's answer is waited for so long, once it has all of it.

        Raises what ``ndsc.web.client`` raises, and :class:`InvalidInputError` for a file that cannot be read.
        """
        try:
            with file.open("rb") as stream:
                return LoadReport.model_validate(self._post(stream, file.name, connector, progress, seconds))
        except OSError as error:
            raise InvalidInputError(f"{file}: {error.strerror or 'it cannot be read'}.") from error

    def holdings(self) -> Holdings:
        """What the node holds, in numbers."""
        return Holdings.model_validate(call(self._name, self._client, "GET", "/v1/holdings", token=self._token()))

    def _post(self, stream: BinaryIO, name: str, connector: str, progress: Progress, seconds: float) -> object:
        sent = headers(self._token()) | {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(stream.seek(0, 2)),
        }
        stream.seek(0)
        try:
            done = self._client.post(
                "/v1/loads",
                params={"connector": connector, "file": name},
                content=_parts(stream, progress),
                headers=sent,
                timeout=httpx.Timeout(**self._client.timeout.as_dict() | {"read": seconds}),
            )
        except httpx.TimeoutException as error:
            raise RemoteTimeoutError(
                f"{self._name} did not answer within {seconds:.0f} seconds.",
                hint="Send the same export again: what was taken in stays, and the rest follows.",
            ) from error
        except httpx.RequestError as error:
            raise RemoteUnreachableError(
                f"{self._name} cannot be reached, or broke off.",
                hint="Send the same export again: what was taken in stays, and the rest follows.",
            ) from error
        return answer(self._name, done.status_code, done.content[:_MOST_ANSWERED])


def _parts(stream: BinaryIO, progress: Progress) -> Iterator[bytes]:
    while part := stream.read(_READ_BYTES):
        yield part
        progress(len(part))
