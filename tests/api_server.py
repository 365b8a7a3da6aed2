"""The list and watch protocol of a Kubernetes API server over real HTTP, with the faults that a real one has at times.

What a real one does is tried in tests/e2e; this one can be told to forget, to cut and to fail.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from kubernetes.aio.client import ApiClient, Configuration

_PLURALS = {"Force": "forces", "DataNode": "datanodes", "DataSharingAgreement": "datasharingagreements"}


class ApiServer:
    """Serves on a port of this machine until it is closed; safe to change from other threads."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        """Lists and watches so far, as ``list forces``."""
        self.failing = 0
        """Status that every request is answered with; 0 for none."""
        self._version = 100
        self._forgotten = 0
        self._objects: dict[tuple[str, str], dict[str, Any]] = {}
        self._events: list[tuple[int, str, dict[str, Any]]] = []
        self._transports: set[asyncio.Transport] = set()
        self._loop = asyncio.new_event_loop()
        self._news = asyncio.Event()
        self._stop = asyncio.Event()
        self._serving = threading.Event()
        self.port = 0
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        self._thread.start()
        self._serving.wait(10)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[ApiClient]:
        """A client of it."""
        async with ApiClient(Configuration(host=f"http://127.0.0.1:{self.port}")) as client:
            yield client

    def put(self, one: dict[str, Any], kind: str = "") -> None:
        """Add or change an object."""
        self._do(self._put, one, kind or one["kind"])

    def delete(self, one: dict[str, Any]) -> None:
        """Remove an object."""
        self._do(self._delete, one)

    def cut(self) -> None:
        """Break every watch off."""

        def cutting() -> None:
            for transport in self._transports:
                transport.abort()

        self._do(cutting)

    def forget(self, *, change: dict[str, Any] | None = None) -> None:
        """Remember nothing of what was; ``change`` happens while nobody watches."""

        def forgetting() -> None:
            if change is not None:
                self._put(change, change["kind"], silently=True)
            self._version += 1
            self._forgotten = self._version
            self._events.clear()
            self._tell()

        self._do(forgetting)

    def close(self) -> None:
        """End."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    def _do(self, what: Any, *arguments: Any) -> None:
        done = threading.Event()

        def doing() -> None:
            what(*arguments)
            done.set()

        self._loop.call_soon_threadsafe(doing)
        assert done.wait(5)

    def _put(self, one: dict[str, Any], kind: str, *, silently: bool = False) -> None:
        self._version += 1
        key = (_PLURALS[kind], f"{one['metadata'].get('namespace', '')}/{one['metadata']['name']}")
        made = one | {"metadata": one["metadata"] | {"resourceVersion": str(self._version)}}
        if not silently:
            self._events.append((self._version, "MODIFIED" if key in self._objects else "ADDED", made))
        self._objects[key] = made
        self._tell()

    def _delete(self, one: dict[str, Any]) -> None:
        self._version += 1
        key = (_PLURALS[one["kind"]], f"{one['metadata'].get('namespace', '')}/{one['metadata']['name']}")
        gone = self._objects.pop(key)
        self._events.append(
            (self._version, "DELETED", gone | {"metadata": gone["metadata"] | {"resourceVersion": str(self._version)}})
        )
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_get("/apis/ndsc.police.uk/v1alpha1/{plural}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self._serving.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        plural, query = request.match_info["plural"], request.query
        watching = query.get("watch", "").lower() == "true"
        self.asked[f"{'watch' if watching else 'list'} {plural}"] += 1
        if self.failing:
            return web.json_response({"kind": "Status", "code": self.failing}, status=self.failing)
        if watching:
            return await self._watch(request, plural, int(query["resourceVersion"]))
        names = sorted(name for held, name in self._objects if held == plural)
        start, limit = int(query.get("continue", 0)), int(query["limit"])
        upto = start + limit
        metadata = {"resourceVersion": str(self._version)} | ({"continue": str(upto)} if upto < len(names) else {})
        items = [self._objects[plural, name] for name in names[start:upto]]
        return web.json_response({"metadata": metadata, "items": items})

    async def _watch(self, request: web.Request, plural: str, seen: int) -> web.StreamResponse:
        stream = web.StreamResponse()
        await stream.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        self._transports.add(request.transport)
        try:
            while not self._stop.is_set():
                if seen < self._forgotten:
                    await self._write(stream, "ERROR", {"kind": "Status", "code": 410, "reason": "Expired"})
                    return stream
                news = self._news
                for version, what, one in self._events:
                    if version > seen and _PLURALS[one["kind"]] == plural:
                        await self._write(stream, what, one)
                seen = self._version
                await self._write(stream, "BOOKMARK", {"metadata": {"resourceVersion": str(seen)}})
                await news.wait()
        finally:
            self._transports.discard(request.transport)
        return stream

    @staticmethod
    async def _write(stream: web.StreamResponse, what: str, one: dict[str, Any]) -> None:
        await stream.write(json.dumps({"type": what, "object": one}).encode() + b"\n")
