"""What this operator itself wrote: the watches tell of that too, and it is no news."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Written:
    """The version of each object that the API server answered with when it was last written, changed thereby or not."""

    def __init__(self) -> None:
        self._versions: dict[str, str] = {}

    def note(self, one: Mapping[str, Any]) -> None:
        """An answer: who wrote has it before them, and needs not be told of it."""
        its = one["metadata"]
        self._versions[its["uid"]] = its["resourceVersion"]

    def is_news(self, one: Mapping[str, Any], *, gone: bool) -> bool:
        """Whether a watch tells of anything but such an answer. That an object is being deleted always is news."""
        its = one["metadata"]
        if gone:
            self._versions.pop(its.get("uid", ""), None)
        known = self._versions.get(its.get("uid", ""))
        return gone or "deletionTimestamp" in its or known is None or known != its.get("resourceVersion")
