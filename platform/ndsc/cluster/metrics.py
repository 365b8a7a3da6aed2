"""What a part measures of itself, in the exposition format of Prometheus. Labels are codes: no name, path or query."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ndsc.web.measuring import registry_of

_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """One part's."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self, part: str) -> None:
        self._registry = registry_of(part)
        self._requests = Counter(
            "ndsc_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "ndsc_request_seconds",
            "Time from a request to the end of its answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )

    def gauge(self, name: str, words: str, value: Callable[[], float]) -> None:
        """Show a number that is asked for at each reading."""
        Gauge(f"ndsc_{name}", words, registry=self._registry).set_function(value)

    def text(self) -> bytes:
        """All of it."""
        return generate_latest(self._registry)

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request, by the template of its route."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", "-")
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


class Counted:
    """An application whose requests are counted; while the part ends, it asks callers to leave their connection."""

    def __init__(self, app: ASGIApp, metrics: Metrics, is_ending: Callable[[], bool]) -> None:
        self._app = app
        self._metrics = metrics
        self._is_ending = is_ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; anything but HTTP goes through as it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, started = 500, time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._is_ending():
                    message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            self._metrics.count(scope, status, time.perf_counter() - started)
