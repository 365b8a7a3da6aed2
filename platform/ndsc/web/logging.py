"""Logs as JSON lines that cannot hold personal data by accident: what is not on the list of fields is dropped.

A list of what to hide is only as good as the memory of whoever writes the next line; a list of what may be said fails
the other way. Text that people typed has no field to stand in, and an error is named by its type and place, since its
message may quote what somebody was looking for.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

from ndsc.web.identity import request_id

ALLOWED = frozenset(
    {
        "attempt",
        "bytes",
        "changed",
        "code",
        "connector",
        "count",
        "dropped",
        "entrypoint",
        "epoch",
        "error",
        "event",
        "force",
        "generation",
        "keys",
        "kind",
        "level",
        "load",
        "loaded",
        "logger",
        "method",
        "ms",
        "origin",
        "purpose",
        "quarantined",
        "read",
        "records",
        "request_id",
        "resource",
        "resumed_at",
        "revision",
        "route",
        "rows",
        "rule",
        "seconds",
        "seq",
        "service",
        "size",
        "state",
        "status",
        "timestamp",
        "tokens",
        "unchanged",
        "version",
        "where",
    }
)
"""Every field that a log line can have: codes, counts, and names of parts; never a value from a record or a query."""

MAX_VALUE = 200
"""Characters of a field; what is longer is not a code."""

_SCALARS = (str, int, float, bool, type(None))
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}

Event = MutableMapping[str, Any]


def configure(*, level: str = "", stream: TextIO | None = None) -> None:
    """Send every log line to ``stream`` (standard error if none) as JSON, from ``level`` up.

    ``level`` defaults to NDSC_LOG_LEVEL, else warning: a service's deployment asks for info.
    """
    chosen = level or os.environ.get("NDSC_LOG_LEVEL", "")
    threshold = _LEVELS.get(chosen.lower(), logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            _error_by_type,
            _add_request_id,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,  # standard error may be another file by the next line, as under a test
    )
    _take_over_standard_logging(threshold)


def configure_once() -> None:
    """Configure, unless somebody has: no service may start with logs that filter nothing."""
    if not structlog.is_configured():
        configure()


def only_allowed(_logger: object, _method: str, event: Event) -> Event:
    """The processor that drops what is not on the list, and says of how many fields it did."""
    kept = {name: value for name, value in event.items() if name in ALLOWED and _is_code(value)}
    if len(kept) < len(event):
        kept["dropped"] = len(event) - len(kept)
    kept.setdefault("event", "-")
    return kept


def place_of(error: BaseException) -> str:
    """Where an error was raised, as module and line: what finds it without quoting it."""
    trace: TracebackType | None = error.__traceback__
    if trace is None:
        return "-"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '-')}:{trace.tb_lineno}"


def _is_code(value: object) -> bool:
    return isinstance(value, _SCALARS) and not (isinstance(value, str) and len(value) > MAX_VALUE)


def _error_by_type(_logger: object, _method: str, event: Event) -> Event:
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["where"] = place_of(error)
    return event


def _add_request_id(_logger: object, _method: str, event: Event) -> Event:
    current = request_id.get()
    if current:
        event.setdefault("request_id", current)
    return event


class _Libraries(logging.Handler):
    """Other libraries' records: which logger spoke and the template it used, without the values put into it."""

    def emit(self, record: logging.LogRecord) -> None:
        template = record.msg if isinstance(record.msg, str) and record.args else "message of a library"
        fields: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[1]:
            fields["exc_info"] = record.exc_info
        structlog.get_logger().log(record.levelno, template[:MAX_VALUE], **fields)


def _take_over_standard_logging(threshold: int) -> None:
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _Libraries)]:
        root.removeHandler(handler)
    root.addHandler(_Libraries(max(threshold, logging.WARNING)))
