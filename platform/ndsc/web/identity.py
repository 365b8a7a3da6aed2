"""One search, one id: given by whoever came first, sent on by every client, in every log line and problem."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

REQUEST_ID = "X-Request-ID"

_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request now being answered; empty outside one."""


def identity_for(given: str) -> str:
    """The caller's id if it is one, else a new one of 64 random bits."""
    return given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
