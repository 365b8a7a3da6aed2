"""What restarts a node when it changes stays as it was rendered when somebody last asked for another: all of it pure.

The pods of the API and the database's servers: a newer operator may render them otherwise, and restarts nothing by
itself. What was applied is kept in a ControllerRevision, whose data nobody can change, so that drift is put back to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ndsc.resources.datanode import DataNode
from ndsc_operator.children.common import COMPONENT, HIBERNATION, Object, node_metadata

KIND = ("apps/v1", "ControllerRevision")
RESTARTED = "kubectl.kubernetes.io/restartedAt"
"""Annotation by which ``kubectl rollout restart`` restarts a Deployment, and ``kubectl cnpg restart`` a Cluster."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a child that is there, or is not."""

    revision: Object | None = None
    restarted: str = ""
    """When a person last restarted it."""
    runs: bool = False


@dataclass(frozen=True, slots=True)
class Rendering:
    """The part of a child that restarts what runs when it changes."""

    wanted: Object
    """What somebody asks for that it depends on: the image, parts of the manifest, keys."""
    newest: Object
    """As this version of the operator renders it."""
    kept: Kept = Kept()

    @property
    def asked(self) -> Object:
        """All that a new rendering is taken for: a person who restarts what runs asks for it too."""
        return self.wanted | {"restarted": self.kept.restarted}

    @property
    def applied(self) -> Object:
        """As it is to be now. What does not run is not restarted, so it has the newest."""
        if self.kept.revision is None or not self.kept.runs:
            return self.newest
        before: Object = self.kept.revision["data"]
        # What only one of two versions of the operator looks at, nobody asked for.
        known = before["asked"].keys() & self.asked.keys()
        same = all(before["asked"][name] == self.asked[name] for name in known)
        rendered: Object = before["rendered"]
        return rendered if same else self.newest

    @property
    def waits(self) -> bool:
        """Whether this version renders it otherwise than it is applied."""
        return self.applied != self.newest


def kept(child: Object | None, revisions: Iterable[Object]) -> Kept:
    """Of a child as it is now; a revision of a deleted one of its name is none of it."""
    if child is None:
        return Kept()
    own = [one for one in revisions if _is_of(one, child) and one.get("data", {}).keys() >= {"asked", "rendered"}]
    last = max(own, key=lambda one: int(one["revision"]), default=None)
    spec, its = child.get("spec", {}), child["metadata"].get("annotations", {})
    noted = spec.get("template", {}).get("metadata", {}).get("annotations", {}) | its
    return Kept(last, noted.get(RESTARTED, ""), spec.get("replicas") != 0 and its.get(HIBERNATION) != "on")


def revision(node: DataNode, child: Object, rendering: Rendering) -> Object | None:
    """What is to be kept of a child that was applied; None where it is already."""
    before, data = rendering.kept.revision, {"asked": rendering.asked, "rendered": rendering.applied}
    if before is not None and _is_of(before, child) and before["data"] == data:
        return None
    number = before["revision"] + 1 if before else 1
    its = child["metadata"]
    made = node_metadata(node, f"{its['name']}-{its['uid'][:8]}-{number}", its["labels"][COMPONENT])
    owner = {"apiVersion": child["apiVersion"], "kind": child["kind"], "name": its["name"], "uid": its["uid"]}
    made["ownerReferences"] = [owner]
    api_version, kind = KIND
    return {"apiVersion": api_version, "kind": kind, "metadata": made, "revision": number, "data": data}


def _is_of(one: Mapping[str, Any], child: Object) -> bool:
    return any(owner["uid"] == child["metadata"]["uid"] for owner in one["metadata"].get("ownerReferences", ()))
