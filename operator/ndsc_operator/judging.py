"""What the state of a child says of its node: everything here is pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ndsc_operator import conditions
from ndsc_operator.children.common import HIBERNATION, Object
from ndsc_operator.children.database import SERVICE
from ndsc_operator.conditions import Verdict

_FRESH = timedelta(seconds=4)
"""Less than until a round that waits is followed by the next."""
_FULL = "Not enough disk space"
"""The phase that CloudNativePG gives a cluster whose server has no room for its log."""


def database(cluster: Object) -> Verdict:
    """Of a CloudNativePG cluster: whether a server takes connections, and knows the role that the API works as."""
    name, status = cluster["metadata"]["name"], cluster.get("status", {})
    sleeping = condition(cluster, HIBERNATION).get("status") == "True"
    if cluster["metadata"].get("annotations", {}).get(HIBERNATION) == "on":
        state = "sleeps" if sleeping else "is being stopped"
        return Verdict(conditions.DATABASE_ASLEEP, f"Cluster {name} {state}.")
    if sleeping or not status.get("readyInstances"):
        phase = ": ".join(filter(None, (status.get("phase"), status.get("phaseReason")))) or "not begun yet"
        reason = conditions.DATABASE_FULL if status.get("phase") == _FULL else conditions.DATABASE_STARTING
        return Verdict(reason, f"Cluster {name}: {phase}.")
    roles = status.get("managedRolesStatus", {})
    if SERVICE not in roles.get("byStatus", {}).get("reconciled", ()):
        why = "; ".join(roles.get("cannotReconcile", {}).get(SERVICE, ()))
        return Verdict(conditions.DATABASE_ROLE_MISSING, f"Cluster {name}, role {SERVICE}: {why or 'not made yet'}.")
    return Verdict(conditions.DATABASE_HEALTHY, f"Cluster {name}: {status['readyInstances']} ready.")


def migration(job: Object, pods: Iterable[Object]) -> Verdict:
    """Of a migration's job and its pods."""
    name, status = job["metadata"]["name"], job.get("status", {})
    where = f"kubectl logs -n {job['metadata']['namespace']} job/{name}"
    if condition(job, "Complete").get("status") == "True":
        return Verdict(conditions.MIGRATED, f"Job {name} is complete.")
    if condition(job, "Failed").get("status") == "True":
        return Verdict(conditions.MIGRATION_FAILED, f"Job {name} failed ({where}).")
    stuck = next(troubles(pods), "")
    if stuck:
        return Verdict(conditions.MIGRATION_FAILED, f"Job {name} cannot run: {stuck}.")
    if status.get("failed"):
        failed = f"Job {name} failed {status['failed']} times and is tried again ({where})."
        return Verdict(conditions.MIGRATION_FAILED, failed)
    return Verdict(conditions.MIGRATING, f"Job {name} runs.")


def api(deployment: Object, pods: Iterable[Object]) -> Verdict:
    """Of the API's deployment and its pods: whether any copy answers."""
    name, status = deployment["metadata"]["name"], deployment.get("status", {})
    if status.get("readyReplicas"):
        return Verdict(conditions.AVAILABLE, f"{status['readyReplicas']} of {copies(deployment)} copies answer.")
    stuck = next(troubles(pods), "")
    if stuck:
        return Verdict(conditions.API_FAILING, f"Deployment {name}: {stuck}.")
    refused = condition(deployment, "ReplicaFailure")
    if refused.get("status") == "True":
        return Verdict(conditions.API_FAILING, f"Deployment {name}: {refused.get('message', '')}")
    return Verdict(conditions.API_STARTING, f"Deployment {name}: none of {copies(deployment)} copies answers yet.")


def is_rolled_out(deployment: Object) -> bool:
    """Whether every copy that is asked for is of the present template and answers."""
    status = deployment.get("status", {})
    if status.get("observedGeneration", 0) < deployment["metadata"].get("generation", 0):
        return False
    wanted = copies(deployment)
    return all(status.get(name, 0) == wanted for name in ("replicas", "updatedReplicas", "readyReplicas"))


def copies(deployment: Object) -> int:
    """How many copies a deployment asks for."""
    return int(deployment.get("spec", {}).get("replicas", 1))


def image(deployment: Object | None) -> str:
    """The image that the API's container runs on."""
    containers = (deployment or {}).get("spec", {}).get("template", {}).get("spec", {}).get("containers", ())
    return next((one["image"] for one in containers if one["name"] == "api"), "")


def troubles(pods: Iterable[Object]) -> Iterator[str]:
    """What keeps containers from running that time alone will not mend."""
    for pod in pods:
        for container in pod.get("status", {}).get("containerStatuses", ()):
            waiting = container.get("state", {}).get("waiting") or {}
            if waiting.get("reason") in _STUCK:
                told = ": ".join(filter(None, (waiting["reason"], waiting.get("message"))))
                yield f"pod {pod['metadata']['name']}, container {container['name']}: {told[:500]}"


_STUCK = frozenset(
    {"ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "CrashLoopBackOff"}
    | {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
)


def is_fresh(one: Object) -> bool:
    """Whether it was made just now: what comes of that is not known yet, neither a right nor a pod that has no room."""
    made = datetime.fromisoformat(one["metadata"]["creationTimestamp"])
    return abs(datetime.now(UTC) - made) < _FRESH


def condition(one: Object, type_: str) -> Mapping[str, Any]:
    """A condition of any object; empty where it was never judged."""
    found: Iterable[Mapping[str, Any]] = one.get("status", {}).get("conditions", ())
    return next((each for each in found if each["type"] == type_), {})
