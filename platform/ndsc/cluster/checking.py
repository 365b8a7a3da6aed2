"""Whether the central services work: what ``helm test`` asks, from a pod beside them."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from ndsc.errors import InvalidInputError, UnavailableError
from ndsc.gateway.schemas import EXAMPLE_SEARCH

PARTS = ("hub", "evaluator", "registry", "gateway")
_REFUSED = 401


class NotWellError(UnavailableError):
    """A part is not ready, or answers what it must not."""

    code = "platform-not-well"
    title = "The platform is not well"


def checks(namespace: str, authority: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """What is checked, in words, and the check: it raises :class:`NotWellError`.

    ``authority`` is the file with the platform's authorities (PEM), whom the gateway's certificate must come from.
    """
    for part in PARTS:
        yield f"{part} is ready", _ready(part, f"http://{part}.{namespace}.svc:9090")
    yield "the gateway refuses who has not signed in", _refusing(f"https://gateway.{namespace}.svc", authority)


def _ready(part: str, url: str) -> Callable[[], None]:
    def check() -> None:
        response = _asked(part, lambda: httpx.get(f"{url}/readyz", timeout=10))
        if response.status_code != httpx.codes.OK:
            raise NotWellError(f"The {part} answers {response.status_code}: {response.text[:300]}")

    return check


def _refusing(url: str, authority: Path) -> Callable[[], None]:
    def check() -> None:
        trusted = _trusting(authority)
        response = _asked("gateway", lambda: httpx.post(f"{url}/v1/search", json=EXAMPLE_SEARCH, verify=trusted))
        if response.status_code != _REFUSED:
            raise NotWellError(f"The gateway answers {response.status_code} to a search that nobody signed in for.")

    return check


def _trusting(authority: Path) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(authority))
    except (OSError, ssl.SSLError) as error:
        raise InvalidInputError(f"{authority} does not hold the authorities' certificates: {error}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _asked(part: str, ask: Callable[[], httpx.Response]) -> httpx.Response:
    try:
        return ask()
    except httpx.RequestError as error:
        raise NotWellError(f"The {part} does not answer: {error}") from None
