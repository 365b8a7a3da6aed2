"""Whether the operator lives and is ready, for the kubelet, and what it measures of itself, for Prometheus.

Asked over HTTP, answered without touching the cluster.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from ndsc_operator.metrics import Metrics


@asynccontextmanager
async def answering(port: int, metrics: Metrics) -> AsyncIterator[None]:
    """``/livez``, ``/readyz`` and ``/metrics`` while inside: a loop that is stuck answers none of them."""

    async def well(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def measured(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": metrics.media_type})

    app = web.Application()
    app.add_routes([web.get("/livez", well), web.get("/readyz", well), web.get("/metrics", measured)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield
    finally:
        await runner.cleanup()
