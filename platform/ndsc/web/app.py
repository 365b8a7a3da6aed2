"""A FastAPI application with the house rules: RFC 9457 problems, request ids, liveness apart from readiness."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

import ndsc
from ndsc.errors import NdscError

REQUEST_ID = "X-Request-ID"
MAX_BODY_BYTES = 4 * 1024 * 1024
_ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_PROBLEM = "application/problem+json"

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request now being answered; typed clients send it on, so one search has one id end to end."""

_log = structlog.get_logger("ndsc.web")


def create_app(service: str, *, description: str, ready: Callable[[], None]) -> FastAPI:
    """An application for one service; ``ready`` raises when the service cannot answer now."""
    app = FastAPI(title=f"ndsc {service}", version=ndsc.__version__, description=description)
    app.middleware("http")(_observe(service))
    app.add_exception_handler(NdscError, _ndsc_problem)
    app.add_exception_handler(RequestValidationError, _validation_problem)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(Exception, _unexpected_problem)

    @app.get("/healthz", tags=["health"], summary="Is the process alive?")
    def healthz() -> dict[str, str]:
        return {"status": "alive", "service": service, "version": ndsc.__version__}

    @app.get("/readyz", tags=["health"], summary="Can it answer now?")
    def readyz() -> dict[str, str]:
        ready()
        return {"status": "ready", "service": service}

    return app


def problem(
    status: int, code: str, title: str, detail: str, *, hint: str = "", errors: list[dict[str, str]] | None = None
) -> JSONResponse:
    """A problem document (RFC 9457 section 3)."""
    body: dict[str, object] = {"type": f"urn:ndsc:problem:{code}", "title": title, "status": status, "detail": detail}
    body |= {"hint": hint} if hint else {}
    body |= {"errors": errors} if errors else {}
    body |= {"instance": f"urn:ndsc:request:{request_id.get()}"} if request_id.get() else {}
    return JSONResponse(body, status_code=status, media_type=_PROBLEM)


async def _ndsc_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, NdscError)
    return problem(error.status, error.code, error.title, error.message, hint=error.hint)


async def _validation_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # The offending value is left out: it may be somebody's name.
    errors = [
        {"at": "/".join(str(part) for part in item["loc"]), "problem": str(item["msg"])} for item in error.errors()
    ]
    return problem(422, "invalid-input", "The input is not valid", "See errors for each.", errors=errors[:50])


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = problem(error.status_code, "http", str(error.detail), str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _unexpected_problem(request: Request, error: Exception) -> Response:
    # The type alone: a message may hold what somebody typed.
    _log.error("unexpected error", error=type(error).__name__, request_id=request_id.get())
    return problem(500, "internal-error", "Something went wrong", "The request failed; its id finds it in the logs.")


def _observe(
    service: str,
) -> Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]:
    async def observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        given = request.headers.get(REQUEST_ID, "")
        identity = given if _ID_PATTERN.fullmatch(given) else secrets.token_hex(8)
        mark = request_id.set(identity)
        started = time.perf_counter()
        try:
            length = request.headers.get("content-length", "0")
            if not length.isdigit() or int(length) > MAX_BODY_BYTES:
                return problem(413, "too-large", "Too large", f"A request holds at most {MAX_BODY_BYTES} bytes.")
            response = await call_next(request)
            response.headers[REQUEST_ID] = identity
            _log.info(
                "request",
                service=service,
                request_id=identity,
                method=request.method,
                route=getattr(request.scope.get("route"), "path", "-"),  # the template: a path may hold an identifier
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
            return response
        finally:
            request_id.reset(mark)

    return observe
