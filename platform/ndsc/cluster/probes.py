"""What Kubernetes and Prometheus ask a part, without TLS: whether it lives, whether it can answer, what it measures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ndsc.cluster.metrics import Metrics
from ndsc.errors import NdscError

_CHECK_SECONDS = 3.0
"""Less than a probe is given."""
Check = Callable[[], None]
"""Raises what is missing."""


class Readiness:
    """Whether a part can answer: ``checks`` by what each is about; it is ready once it serves and until it ends."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._running: dict[str, asyncio.Task[None]] = {}
        self.serving = False
        self.ending = False

    async def missing(self) -> list[str]:
        """One sentence for each check that fails, in bounded time: one that hangs is not asked a second time."""
        return [said for said in await asyncio.gather(*map(self._ask, self._checks)) if said]

    async def problems(self) -> list[str]:
        """Why it is not ready; none if it is."""
        if self.ending:
            return ["It is ending."]
        missing = await self.missing()
        return missing if missing or self.serving else ["It is starting."]

    async def _ask(self, about: str) -> str:
        task = self._running.get(about)
        if task is None:
            task = self._running[about] = asyncio.create_task(asyncio.to_thread(self._checks[about]))
            task.add_done_callback(lambda _: self._running.pop(about, None))
        try:
            await asyncio.wait_for(asyncio.shield(task), timeout=_CHECK_SECONDS)
        except NdscError as error:
            return f"{about}: {error.message}"
        except TimeoutError:
            return f"{about}: no answer"
        except Exception as error:  # whatever it is, it is no yes
            return f"{about}: {type(error).__name__}"
        return ""


def probes(readiness: Readiness, metrics: Metrics) -> Starlette:
    """The application."""

    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        problems: Sequence[str] = await readiness.problems()
        return JSONResponse(
            {"status": "not ready" if problems else "ready", "missing": problems}, 503 if problems else 200
        )

    async def measured(_: Request) -> Response:
        return Response(metrics.text(), media_type=metrics.media_type)

    return Starlette(
        routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", measured)],
    )
