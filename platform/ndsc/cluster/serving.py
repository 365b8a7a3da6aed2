"""A part as a process: it says how it is from the first moment, serves once it has all it needs, and ends in order.

On SIGTERM it is ready no longer, and goes on answering while the cluster takes it out of its Service; then it accepts
nothing more, and what is under way ends. That takes less than the 30 s that Kubernetes gives a pod.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Protocol

import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp

from ndsc.cluster.errors import NotReadyError
from ndsc.cluster.identity import Identity
from ndsc.cluster.metrics import Counted, Metrics
from ndsc.cluster.probes import Check, Readiness, probes
from ndsc.cluster.settings import Address, PartSettings

START_SECONDS = 600.0
"""How long a part waits for what it needs before it gives up, and is started again."""
LEAVE_SECONDS = 4.0
"""How long it goes on answering when it is to end: endpoints are taken out of a Service in a second or two."""
FINISH_SECONDS = 18
"""How long what is under way then has."""
_PAUSE_SECONDS = 0.5
_PROBING = 64
_log = structlog.get_logger("ndsc.cluster")


class Part(Protocol):
    """What is served."""

    name: str
    identity: Identity
    most_connections: int
    """At once, those that wait for their next request among them; who comes then is answered 503."""

    @property
    def settings(self) -> PartSettings:
        """What it was told."""

    @property
    def checks(self) -> Mapping[str, Check]:
        """What it needs, all the time."""

    def start(self) -> None:
        """Begin to follow what it follows."""

    async def open(self, metrics: Metrics) -> ASGIApp:
        """Its application, once all checks have passed; on the loop that serves it."""

    def end(self) -> None:
        """It is about to end: nobody is to be kept waiting."""

    async def close(self) -> None:
        """Let go of everything."""


def serve(part: Part) -> None:
    """Serve until SIGTERM or SIGINT. Raises :class:`NotReadyError` if what it needs does not come."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(part))


async def _serve(part: Part) -> None:
    readiness, metrics = Readiness({"certificate": part.identity.check, **part.checks}), Metrics(part.name)
    metrics.gauge("certificate_expiry_timestamp_seconds", "When its certificate ends.", lambda: _expiry(part))
    end = _end_on_signals()
    part.identity.start()
    part.start()
    watch = _Listener(probes(readiness, metrics), part.settings.probes, _PROBING)
    try:
        await watch.start()
        if not await _has_all(readiness, end):
            return
        app = Counted(await part.open(metrics), metrics, lambda: readiness.ending)
        api = _Listener(app, part.settings.listen, part.most_connections, part.identity.server)
        await api.start()
        readiness.serving = True
        gc.freeze()  # what a part is made of lasts: looking it through again and again would hold up requests
        _log.info("serving", service=part.name)
        await end.wait()
        readiness.ending = True
        part.end()
        _log.info("ending", service=part.name)
        await asyncio.sleep(LEAVE_SECONDS)
        await api.stop()
    finally:
        await part.close()
        part.identity.close()
        await watch.stop()


def _expiry(part: Part) -> float:
    return part.identity.leaf.ends.timestamp()


def _end_on_signals() -> asyncio.Event:
    end, loop = asyncio.Event(), asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, end.set)
    return end


async def _has_all(readiness: Readiness, end: asyncio.Event) -> bool:
    """Wait for what it needs; false if it is to end before that."""
    until, told = time.monotonic() + START_SECONDS, ""
    while missing := await readiness.missing():
        if told != (told := " ".join(missing)):
            _log.warning("waiting", state=told[:200])
        if time.monotonic() > until:
            raise NotReadyError(told)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(end.wait(), timeout=_PAUSE_SECONDS)
        if end.is_set():
            return False
    return True


class _Listener:
    """One application on one address."""

    def __init__(self, app: ASGIApp, address: str, most: int, tls: ssl.SSLContext | None = None) -> None:
        host, port = Address.read(address)
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,  # no proxy stands before it
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=FINISH_SECONDS,
            limit_concurrency=most,
        )
        config.load()
        config.ssl = tls
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when it accepts connections. Raises ``OSError`` when it may not listen there."""
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            if self._task.done():
                await self._task
                raise NotReadyError("It cannot listen on its address.")
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Accept nothing more, and return when what is under way has ended."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _Server(uvicorn.Server):
    """Two of them are in one process, which minds the signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
