"""A FastAPI application with the house rules: RFC 9457 problems, request ids, liveness apart from readiness."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

import ndsc
from ndsc.errors import NdscError, UnavailableError
from ndsc.web.identity import REQUEST_ID, request_id
from ndsc.web.logging import configure_once
from ndsc.web.observing import Observe
from ndsc.web.problems import MAX_BODY_BYTES, RESPONSES, add_handlers, problem

__all__ = ["MAX_BODY_BYTES", "REQUEST_ID", "create_app", "problem", "request_id"]


_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""It would send paths, queries and the messages of exceptions to whatever the environment of the process names."""


class BodyLimits:
    """Bounds the body of each request: by the path's own bound, or else the usual one."""

    def __init__(self, app: ASGIApp, bodies: Mapping[str, int]) -> None:
        self._usual = RequestBodyLimitMiddleware(app, MAX_BODY_BYTES)
        self._own = {path: RequestBodyLimitMiddleware(app, most) for path, most in bodies.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await self._own.get(scope.get("path", ""), self._usual)(scope, receive, send)


def create_app(
    service: str,
    *,
    description: str,
    ready: Callable[[], None],
    bodies: Mapping[str, int] = MappingProxyType({}),
) -> FastAPI:
    """An application for one service; ``ready`` raises when the service cannot answer now.

    ``bodies`` says how many bytes the requests to some paths may bring, where that is not the usual bound.
    """
    configure_once()
    app = FastAPI(
        title=f"ndsc {service}",
        version=ndsc.__version__,
        description=description,
        responses=RESPONSES,
        docs_url=None,  # the framework's pages load scripts from elsewhere; /openapi.json is here, the pages in docs/
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
    )
    app.add_middleware(BodyLimits, bodies=bodies)
    app.add_middleware(Observe, service=service, bodies=bodies)  # added last, so it is the outermost
    add_handlers(app)

    @app.get("/healthz", tags=["health"], summary="Is the process alive?")
    async def healthz() -> dict[str, str]:
        return {"status": "alive", "service": service, "version": ndsc.__version__}

    @app.get("/readyz", tags=["health"], summary="Can it answer now?")
    def readyz() -> dict[str, str]:
        try:
            ready()
        except NdscError:
            raise
        except Exception as error:
            raise UnavailableError(f"The {service} cannot answer now.") from error
        return {"status": "ready", "service": service}

    return app
