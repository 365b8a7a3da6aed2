"""Every refusal and failure as a problem document (RFC 9457), and none that repeats what was sent.

A problem travels into logs, consoles and tickets; a date of birth or a name that was typed into a query must not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY

from ndsc.errors import NdscError, UnauthenticatedError
from ndsc.web.identity import request_id

MEDIA_TYPE = "application/problem+json"
MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_ERRORS = 50

_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_WORD = re.compile(r"\w+")
_GENERAL = "The value is not valid here; the OpenAPI document says what is."
_QUOTING = frozenset({"value_error", "assertion_error", "union_tag_invalid"})
"""Kinds of pydantic's errors whose sentence may quote the input; the others speak of the schema alone."""

RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem document (RFC 9457); its type names the cause.",
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["type", "title", "status", "detail"],
                    "properties": {
                        "type": {"type": "string", "format": "uri", "example": "urn:ndsc:problem:invalid-input"},
                        "title": {"type": "string", "example": "The input is not valid"},
                        "status": {"type": "integer", "example": 422},
                        "detail": {"type": "string", "example": "See errors for each."},
                        "hint": {"type": "string", "description": "What to do next."},
                        "instance": {"type": "string", "example": "urn:ndsc:request:4f1c2ab97d3e6508"},
                        "errors": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {"at": {"type": "string"}, "problem": {"type": "string"}},
                            },
                        },
                    },
                }
            }
        },
    }
}
"""What each operation may answer besides its own: for ``FastAPI(responses=...)``."""


class _Answer(JSONResponse):
    """A detail may quote what is no text: half a surrogate, which no encoding has, is shown as a question mark."""

    def render(self, content: object) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def problem(
    status: int, code: str, title: str, detail: str, *, hint: str = "", errors: list[dict[str, str]] | None = None
) -> JSONResponse:
    """A problem document (RFC 9457 section 3)."""
    body: dict[str, object] = {"type": f"urn:ndsc:problem:{code}", "title": title, "status": status, "detail": detail}
    body |= {"hint": hint} if hint else {}
    body |= {"errors": errors} if errors else {}
    body |= {"instance": f"urn:ndsc:request:{request_id.get()}"} if request_id.get() else {}
    return _Answer(body, status_code=status, media_type=MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Answer with problems what handlers and the framework raise."""
    app.add_exception_handler(NdscError, _ndsc_problem)
    app.add_exception_handler(RequestValidationError, _validation_problem)
    app.add_exception_handler(HTTPException, _http_problem)


def unexpected_problem() -> JSONResponse:
    """For an error that nobody foresaw: nothing of it but the id that finds it in the logs."""
    return problem(500, "internal-error", "Something went wrong", "The request failed; its id finds it in the logs.")


def too_large_problem(most: int = MAX_BODY_BYTES) -> JSONResponse:
    """For a body over the bound (RFC 9110 section 15.5.14)."""
    return problem(
        413, "content-too-large", "Content Too Large", f"The body of this request holds at most {most} bytes."
    )


async def _ndsc_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, NdscError)
    response = problem(error.status, error.code, error.title, error.message, hint=error.hint)
    if error.status == UnauthenticatedError.status:
        response.headers["WWW-Authenticate"] = (
            'Bearer, DPoP algs="EdDSA"'  # RFC 9110 section 15.5.2: a 401 must say how
        )
    return response


async def _validation_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [{"at": _place(item["loc"]), "problem": _sentence(item)} for item in error.errors()[:MAX_ERRORS]]
    return problem(422, "invalid-input", "The input is not valid", "See errors for each.", errors=errors)


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 413:
        return too_large_problem(request.scope.get(MAX_BODY_SIZE_SCOPE_KEY, MAX_BODY_BYTES))
    phrase = HTTPStatus(error.status_code).phrase
    code = "-".join(_WORD.findall(phrase.lower()))
    response = problem(error.status_code, code, phrase, str(error.detail))
    response.headers.update(error.headers or {})
    return response


def _place(location: tuple[int | str, ...]) -> str:
    """Where in the input; a name of the caller's own making is shown only if it looks like a field's."""
    return "/".join(str(part) if isinstance(part, int) or _FIELD.fullmatch(part) else "(unknown)" for part in location)


def _sentence(item: Mapping[str, Any]) -> str:
    message = str(item["msg"])
    if item["type"] == "union_tag_invalid":
        return f"The kind is one of {item['ctx']['expected_tags']}."
    if item["type"] not in _QUOTING:
        return message
    said = set(_WORD.findall(message.lower()))
    quoted = any(said & set(_WORD.findall(text.lower())) for text in _texts(item.get("input")))
    return _GENERAL if quoted else message.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def _texts(value: object) -> Iterator[str]:
    """Every scalar in the input, as text. The input came through a JSON parser, which bounds how deep it goes."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    elif value is not None:
        yield str(value)
