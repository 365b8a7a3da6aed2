"""What watches and applies told of each child: whether it still is as this operator left it. No content is kept.

Of an object that was applied, the server notes which fields are whose (``managedFields``; Kubernetes, "Server-Side
Apply"). As long as our part of that is what it was after our last apply, nobody has changed a field of ours.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ndsc_operator.children.common import FORCE_LABEL, MANAGER, NODE_LABEL, Object
from ndsc_operator.kinds import JUDGED, WATCHED, Kind
from ndsc_operator.refs import Ref

SURE_SECONDS = 300.0
"""After this long a child is applied whatever was told of it: a watch may have missed something."""


class Whose(NamedTuple):
    """Whose a child is, by its labels: a force's, or that of a data node of it."""

    force: str = ""
    node: str = ""

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> Whose:
        """As an object's metadata says."""
        labels = metadata.get("labels") or {}
        return cls(labels.get(FORCE_LABEL, ""), labels.get(NODE_LABEL, ""))

    @property
    def selector(self) -> str:
        """Of what is theirs."""
        node = f"{NODE_LABEL}={self.node}" if self.node else f"!{NODE_LABEL}"
        return f"app.kubernetes.io/managed-by={MANAGER},{FORCE_LABEL}={self.force},{node}"


@dataclass(slots=True)
class _Child:
    whose: Whose = Whose()  # noqa: RUF009  # immutable
    state: bytes = b""
    """As the watch told it last; empty before it did."""
    removable: bool = True
    asked: bytes = b""
    """Digest of the manifest that was applied last."""
    left: bytes = b""
    """The state that this left it in."""
    until: float = 0.0


class Children:
    """All that there are, by namespace."""

    def __init__(self) -> None:
        self._known: dict[str, dict[Ref, _Child]] = {}

    def told(self, ref: Ref, metadata: Mapping[str, Any], *, gone: bool) -> bool:
        """A watch's word of a child; whether it is news: anything but what an apply was answered already."""
        if gone:
            there = self._known.get(ref.namespace, {})
            there.pop(ref, None)
            if not there:
                self._known.pop(ref.namespace, None)
            return True
        child, now = self._child(ref), state(ref.kind, metadata)
        known = child.left or child.state
        child.state, child.whose = now, Whose.of(metadata)
        child.removable = not (metadata.get("deletionTimestamp") or metadata.get("ownerReferences"))
        return now != known

    def answered(self, manifest: Object, found: Object) -> None:
        """What the server has after a manifest was applied."""
        if (manifest["apiVersion"], manifest["kind"]) not in WATCHED:
            return  # no watch would ever tell that it is gone
        child = self._child(Ref.of(manifest))
        child.whose = Whose.of(found["metadata"])
        child.asked, child.left = _digest(manifest), state(manifest["kind"], found["metadata"])
        child.until = time.monotonic() + SURE_SECONDS

    def stands(self, manifest: Object) -> bool:
        """Whether applying it would change nothing, and its answer would tell nothing that a round needs."""
        child = self._known.get(manifest["metadata"].get("namespace", ""), {}).get(Ref.of(manifest))
        return (
            child is not None
            and manifest["kind"] not in JUDGED
            and child.state == child.left
            and child.asked == _digest(manifest)
            and time.monotonic() < child.until
        )

    def has_more(self, kind: Kind, namespace: str, whose: Whose, kept: Container[Ref]) -> bool:
        """Whether a namespace has any of a kind that is theirs, owned by no other object, and not to be kept."""
        return any(
            child.removable and child.whose == whose and ref not in kept
            for ref, child in self._known.get(namespace, {}).items()
            if (ref.api_version, ref.kind) == kind
        )

    def _child(self, ref: Ref) -> _Child:
        return self._known.setdefault(ref.namespace, {}).setdefault(ref, _Child())


def state(kind: str, metadata: Mapping[str, Any]) -> bytes:
    """What changes when a child does as far as it matters: for a kind whose status is judged, at every change."""
    if kind in JUDGED:
        return str(metadata["resourceVersion"]).encode()
    ours = [
        (one.get("operation"), one.get("fieldsV1"))
        for one in metadata.get("managedFields") or ()
        if one.get("manager") == MANAGER and not one.get("subresource")
    ]
    return _digest([metadata["uid"], metadata.get("deletionTimestamp"), ours])


def _digest(one: Any) -> bytes:
    return hashlib.blake2b(json.dumps(one, sort_keys=True).encode(), digest_size=8).digest()
