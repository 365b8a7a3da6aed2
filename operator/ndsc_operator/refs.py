"""Names of objects of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """One object of a cluster."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, one: Mapping[str, Any]) -> Ref:
        """That of a manifest."""
        its = one["metadata"]
        return cls(one["apiVersion"], one["kind"], its.get("namespace", ""), its["name"])

    def __str__(self) -> str:
        return "/".join(filter(None, (self.kind, self.namespace, self.name)))
