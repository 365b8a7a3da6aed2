"""Whether the operator lives and is ready, for the kubelet: asked over HTTP, answered without touching the cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def answering(port: int) -> AsyncIterator[None]:
    """``/livez`` and ``/readyz`` while inside: a loop that is stuck answers neither."""

    async def well(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    app = web.Application()
    app.add_routes([web.get("/livez", well), web.get("/readyz", well)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield
    finally:
        await runner.cleanup()
