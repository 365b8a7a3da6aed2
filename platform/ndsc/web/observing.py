"""What surrounds every request, as plain ASGI: its id, one log line, and no error that escapes.

Plain ASGI because a search passes through here once in the gateway and once in every node: the framework's own
middleware base costs a quarter of a millisecond for each (a task and two streams), this some tens of microseconds.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ndsc.web.identity import REQUEST_ID, identity_for, request_id
from ndsc.web.logging import place_of
from ndsc.web.problems import MAX_BODY_BYTES, too_large_problem, unexpected_problem

_QUIET = frozenset({"/healthz", "/readyz"})
_log = structlog.get_logger("ndsc.web")


class BrokenOffError(Exception):
    """The answer had begun when something failed: all that is left is to break the connection off."""


class Observe:
    """The outermost layer of every service."""

    def __init__(self, app: ASGIApp, service: str, bodies: Mapping[str, int] = MappingProxyType({})) -> None:
        """``bodies`` says how many bytes the requests to some paths may bring, where that is not the usual bound."""
        self._app = app
        self._service = service
        self._bodies = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; anything but HTTP goes through as it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given, length = _read_headers(scope)
        most = self._bodies.get(scope["path"], MAX_BODY_BYTES)
        mark = request_id.set(identity_for(given))
        try:
            await _Exchange(self._service, scope, receive, send).run(self._app, length, most)
        finally:
            request_id.reset(mark)


class _Exchange:
    """One request and its answer."""

    def __init__(self, service: str, scope: Scope, receive: Receive, send: Send) -> None:
        self._service = service
        self._scope = scope
        self._receive = receive
        self._send = send
        self._identity = request_id.get()
        self._status = 0
        self._started = time.perf_counter()

    async def run(self, app: ASGIApp, length: bytes, most: int) -> None:
        try:
            if not length.isdigit() or int(length) > most:  # what declares no length is counted further in
                await too_large_problem(most)(self._scope, self._receive, self.send)
            else:
                await app(self._scope, self._receive, self.send)
        except Exception as error:
            # The type and place alone, and never on to the server, which would print the message: it may quote what
            # somebody typed.
            _log.error("unexpected error", service=self._service, error=type(error).__name__, where=place_of(error))
            if self._status:
                raise BrokenOffError(self._service) from None
            await unexpected_problem()(self._scope, self._receive, self.send)
        finally:
            self._log()

    async def send(self, message: Message) -> None:
        """The answer, with its id, and a word to caches: what is told to one person is not kept for another."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            own = (REQUEST_ID.lower().encode(), self._identity.encode()), (b"cache-control", b"no-store")
            message["headers"] = [*message.get("headers", ()), *own]
        await self._send(message)

    def _log(self) -> None:
        quiet = self._scope["path"] in _QUIET
        (_log.debug if quiet else _log.info)(
            "request",
            service=self._service,
            method=self._scope["method"],
            route=getattr(self._scope.get("route"), "path", "-"),  # the template: a path may hold an identifier
            status=self._status,
            ms=round((time.perf_counter() - self._started) * 1000, 1),
        )


def _read_headers(scope: Scope) -> tuple[str, bytes]:
    given, length = "", b"0"
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = value.decode("latin-1")
        elif name == b"content-length":
            length = value
    return given, length
