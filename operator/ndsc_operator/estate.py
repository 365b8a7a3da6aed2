"""What a cluster holds of a force, as a tree that says of each object whether it is well, and if not what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ndsc_operator.children.common import COMPONENT, FORCE_LABEL, HIBERNATION, NODE_LABEL, Object

KINDS = (
    ("v1", "ResourceQuota"),
    ("postgresql.cnpg.io/v1", "Cluster"),
    ("v1", "PersistentVolumeClaim"),
    ("batch/v1", "Job"),
    ("apps/v1", "Deployment"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("v1", "Pod"),
)
"""Kinds of a force's objects whose state can be other than being there."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An object with what belongs to it. ``well`` is none where that is not settled yet."""

    kind: str
    name: str
    well: bool | None
    said: str = ""
    below: tuple[Seen, ...] = ()

    def plain(self) -> dict[str, Any]:
        """For scripts."""
        told = {"kind": self.kind, "name": self.name, "well": self.well, "message": self.said}
        return told | ({"children": [one.plain() for one in self.below]} if self.below else {})


_STARTING = frozenset({"ContainerCreating", "PodInitializing"})
Judgement = tuple[bool | None, str]


def tree(force: Object, nodes: Iterable[Object], children: Sequence[Object]) -> Seen:
    """A force, its tenancy's objects and its nodes, each with those of its own."""
    own = tuple(seen(child) for child in children if NODE_LABEL not in _labels(child))
    its_nodes = tuple(_node(node, children) for node in nodes if node["spec"]["force"] == force["spec"]["code"])
    return _with(force, (*own, *its_nodes))


def _node(node: Object, children: Sequence[Object]) -> Seen:
    own = [child for child in children if _labels(child).get(NODE_LABEL) == node["metadata"]["name"]]
    order = [kind for _, kind in KINDS]
    # Part by part (database before API), and in a part what makes pods before the pods.
    own.sort(key=lambda one: (_part(one) != "database", _part(one), order.index(one["kind"]), one["metadata"]["name"]))
    return _with(node, tuple(seen(child) for child in own))


def _with(one: Object, below: tuple[Seen, ...]) -> Seen:
    well, said = judged(one)
    return Seen(one["kind"], one["metadata"]["name"], well, said, below)


def seen(one: Object) -> Seen:
    """One object by itself."""
    return _with(one, ())


def judged(one: Object) -> Judgement:
    """Whether an object is well, and what there is to say of it."""
    if one["metadata"].get("deletionTimestamp"):
        return None, "is being deleted"
    judge = _JUDGES.get(one["kind"])
    return judge(one) if judge else _by_conditions(one)


def _by_conditions(one: Object) -> Judgement:
    found = {its["type"]: its for its in _status(one).get("conditions", ())}
    ready = found.get("Ready")
    if ready is None:
        return None, "nobody has looked at it yet: does the operator run?"
    wrong = [its for its in found.values() if its["type"] == "Degraded" and its["status"] == "True"]
    if ready["status"] == "True" and not wrong:
        return True, ""
    telling = (wrong or [ready])[0]
    unsettled = ready["status"] == "Unknown" and not wrong
    return None if unsettled else False, f"{telling['reason']}: {telling.get('message', '')}"


def _quota(one: Object) -> Judgement:
    hard, used = _status(one).get("hard", {}), _status(one).get("used", {})
    full = [name for name, most in hard.items() if most not in ("0", 0) and used.get(name) == most]
    return (not full), f"used up: {', '.join(full)}" if full else ""


def _database(one: Object) -> Judgement:
    if one["metadata"].get("annotations", {}).get(HIBERNATION) == "on":
        return True, "hibernated"
    wanted, ready = one["spec"].get("instances", 1), _status(one).get("readyInstances", 0)
    return ready >= wanted, f"{ready}/{wanted} servers" + _after(
        _status(one).get("phase", "") if ready < wanted else ""
    )


def _claim(one: Object) -> Judgement:
    phase = _status(one).get("phase", "Pending")
    return phase == "Bound", "" if phase == "Bound" else phase


def _job(one: Object) -> Judgement:
    failed = [its for its in _status(one).get("conditions", ()) if its["type"] == "Failed" and its["status"] == "True"]
    if failed:
        return False, f"{failed[0].get('reason', 'Failed')}: {failed[0].get('message', '')}"
    return (True, "done") if _status(one).get("succeeded") else (None, "runs")


def _deployment(one: Object) -> Judgement:
    wanted, ready = one["spec"].get("replicas", 1), _status(one).get("readyReplicas", 0)
    stuck = [its for its in _status(one).get("conditions", ()) if its.get("reason") == "ProgressDeadlineExceeded"]
    return ready >= wanted and not stuck, f"{ready}/{wanted} ready" + _after(stuck[0]["message"] if stuck else "")


def _autoscaler(one: Object) -> Judgement:
    blind = [
        its for its in _status(one).get("conditions", ()) if its["type"] == "ScalingActive" and its["status"] == "False"
    ]
    if blind:
        return False, f"{blind[0].get('reason', '')}: {blind[0].get('message', '')}"
    spec = one["spec"]
    return True, f"{_status(one).get('currentReplicas', 0)} of {spec.get('minReplicas', 1)} to {spec['maxReplicas']}"


def _pod(one: Object) -> Judgement:
    status = _status(one)
    if status.get("phase") == "Succeeded":
        return True, "done"
    containers = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    waiting = [(its["name"], its["state"]["waiting"]) for its in containers if "waiting" in its.get("state", {})]
    restarts = sum(its.get("restartCount", 0) for its in containers)
    again = f"restarted {restarts} times" if restarts else ""
    troubled = [
        (name, why) for name, why in waiting if why.get("reason") not in ("ContainerCreating", "PodInitializing")
    ]
    if troubled:
        name, why = troubled[0]
        return False, f"{name}: {why.get('reason')}" + _after(why.get("message", "")) + _after(again)
    ready = any(its["type"] == "Ready" and its["status"] == "True" for its in status.get("conditions", ()))
    unscheduled = [its for its in status.get("conditions", ()) if its.get("reason") == "Unschedulable"]
    if unscheduled:
        return False, f"Unschedulable: {unscheduled[0].get('message', '')}"
    return (True if ready else None), again if ready else status.get("phase", "Pending") + _after(again)


_JUDGES: dict[str, Callable[[Object], Judgement]] = {
    "ResourceQuota": _quota,
    "Cluster": _database,
    "PersistentVolumeClaim": _claim,
    "Job": _job,
    "Deployment": _deployment,
    "HorizontalPodAutoscaler": _autoscaler,
    "Pod": _pod,
}


def selector(code: str) -> str:
    """The label selector of a force's objects."""
    return f"{FORCE_LABEL}={code}"


def _after(said: str) -> str:
    return f"; {said}" if said else ""


def _part(one: Object) -> str:
    return str(_labels(one).get(COMPONENT, ""))


def _labels(one: Object) -> dict[str, str]:
    labels: dict[str, str] = one["metadata"].get("labels", {})
    return labels


def _status(one: Object) -> dict[str, Any]:
    status: dict[str, Any] = one.get("status") or {}
    return status
