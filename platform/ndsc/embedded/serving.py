"""Serves each part on a Unix socket: real HTTP, real time-outs, and a part that is down refuses connections."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import shutil
import ssl
import tempfile
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import httpx
import uvicorn
import uvloop
from starlette.types import ASGIApp, Receive, Scope, Send

from ndsc.errors import UnavailableError
from ndsc.web.client import open_session

_START_SECONDS = 20.0
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""It trusts nobody, and need not: these sockets carry plain HTTP, and the usual list of issuers is slow to read."""
T = TypeVar("T")


class Sockets:
    """A background event loop with one server for each named part.

    The sockets lie in a folder that only this user can enter, and which goes when it is closed; one that is given
    stays, for other processes may serve in it too.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder is not None
        self._folder = folder or Path(tempfile.mkdtemp(prefix="ndsc-run-"))  # short: a path has at most 107 bytes
        self._clients: list[aiohttp.ClientSession] = []
        self._servers: dict[str, tuple[uvicorn.Server, asyncio.Task[None]]] = {}
        self._loop = uvloop.new_event_loop()
        self._closed = asyncio.Event()
        # One task that lasts as long as the loop: AnyIO keeps its worker threads for as long as the loop's main task
        # lives, and without one it would start a new thread for each request.
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._closed.wait(),), name="ndsc-services", daemon=True
        )
        self._thread.start()

    def path(self, name: str) -> Path:
        """The socket on which a part answers, whether it runs or not."""
        return self._folder / f"{name}.sock"

    def start(self, name: str, app: ASGIApp) -> None:
        """Serve ``app`` until :meth:`stop`; returns when it accepts connections."""
        self.stop(name)
        self._run(self._start(name, app))

    def stop(self, name: str) -> None:
        """End one part; whoever calls it then is refused, as when a machine is down."""
        entry = self._servers.pop(name, None)
        if entry is not None:
            self._run(self._stop(*entry))
            self.path(name).unlink(missing_ok=True)

    def running(self) -> list[str]:
        """The names of the parts that answer."""
        return sorted(self._servers)

    def client(self, name: str, *, timeout: float = 10.0) -> httpx.Client:
        """A blocking client of one part."""
        return httpx.Client(
            transport=httpx.HTTPTransport(uds=str(self.path(name)), verify=_NO_TLS),
            base_url=f"http://{name}",
            timeout=timeout,
        )

    def async_client(self, name: str, *, timeout: float = 10.0) -> aiohttp.ClientSession:
        """A client of one part for use inside another part, closed with the rest."""
        self._clients.append(self._run(open_session(self.path(name), name, timeout=timeout)))
        return self._clients[-1]

    def close(self) -> None:
        """End all parts and the loop."""
        self._run(self._stop_all())
        self._loop.call_soon_threadsafe(self._closed.set)
        self._thread.join(timeout=10)
        if not self._loop.is_running():
            self._loop.close()
        if not self._given:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=_START_SECONDS * 2)

    async def _start(self, name: str, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app,
            uds=str(self.path(name)),
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,  # no proxy stands before a socket
            timeout_keep_alive=30,
            timeout_graceful_shutdown=2,
            limit_concurrency=256,
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())  # off the main thread it leaves signals alone
        self._servers[name] = (server, task)
        deadline = asyncio.get_running_loop().time() + _START_SECONDS
        while not server.started:
            if task.done() or asyncio.get_running_loop().time() > deadline:
                self._servers.pop(name, None)
                raise UnavailableError(f"{name} did not start")
            await asyncio.sleep(0.002)

    async def _stop_all(self) -> None:
        entries = [self._servers.pop(name) for name in self.running()]
        await asyncio.gather(*(client.close() for client in self._clients))
        await asyncio.gather(*(self._stop(*entry) for entry in entries))

    @staticmethod
    async def _stop(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, timeout=5)


class OnDemand:
    """An application that its first request makes: a search opens the nodes that it asks, not all that there are."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._made is None:
            async with self._making:
                await self._open()
        assert self._made is not None
        await self._made(scope, receive, send)

    async def _open(self) -> None:
        if self._made is None:
            self._made = await asyncio.to_thread(self._make)  # databases are opened
            gc.freeze()  # what a part is made of lasts: looking it through again and again would hold up searches
