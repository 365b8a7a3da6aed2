"""What every route of a service says in OpenAPI of its refusals: problem documents, and when."""

from __future__ import annotations

from typing import Any

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": f"{words} (RFC 9457)", "content": {"application/problem+json": {}}}
    for status, words in (
        (401, "no acceptable token"),
        (403, "this service may not ask that"),
        (404, "what was named does not exist"),
        (409, "does not fit the present state"),
        (413, "too large"),
        (422, "the input is not valid"),
        (429, "too much asked in too short a time"),
        (503, "the database or the audit log does not answer"),
    )
}
