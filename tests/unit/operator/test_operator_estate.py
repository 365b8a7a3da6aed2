"""What the tree of a force says of each object, from objects as an API server gives them."""

from __future__ import annotations

from typing import Any

import pytest

from ndsc_operator.estate import judged, tree

FORCE = "ndsc.police.uk/force"
NODE = "ndsc.police.uk/datanode"
COMPONENT = "app.kubernetes.io/component"


def an(kind: str, name: str = "x", *, spec: Any = None, status: Any = None, **labels: str) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "labels": labels}, "spec": spec or {}, "status": status or {}}


def condition(type_: str, status: str, reason: str = "Why", message: str = "so") -> dict[str, str]:
    return {"type": type_, "status": status, "reason": reason, "message": message}


def waiting(reason: str, message: str = "", restarts: int = 0) -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    return {"phase": "Pending", "containerStatuses": [{"name": "api", "state": state, "restartCount": restarts}]}


@pytest.mark.parametrize(
    ("one", "well", "said"),
    [
        (an("Force", status={"conditions": [condition("Ready", "True")]}), True, ""),
        (
            an("Force", status={"conditions": [condition("Ready", "False", "NamespaceTaken", "m")]}),
            False,
            "NamespaceTaken: m",
        ),
        (an("DataNode", status={"conditions": [condition("Ready", "Unknown", "New", "m")]}), None, "New: m"),
        (
            an(
                "DataNode",
                status={"conditions": [condition("Ready", "True"), condition("Degraded", "True", "Old", "m")]},
            ),
            False,
            "Old: m",
        ),
        (an("DataNode"), None, "nobody has looked"),
        (
            an("Cluster", spec={"instances": 2}, status={"readyInstances": 1, "phase": "Failing over"}),
            False,
            "1/2 servers; Failing over",
        ),
        (an("Cluster", spec={"instances": 1}, status={"readyInstances": 1}), True, "1/1 servers"),
        (an("Job", status={"succeeded": 1}), True, "done"),
        (an("Job"), None, "runs"),
        (
            an("Job", status={"conditions": [condition("Failed", "True", "BackoffLimitExceeded", "m")]}),
            False,
            "BackoffLimitExceeded: m",
        ),
        (an("Deployment", spec={"replicas": 2}, status={"readyReplicas": 2}), True, "2/2"),
        (an("Deployment", spec={"replicas": 2}, status={"readyReplicas": 1}), False, "1/2"),
        (an("Deployment", spec={"replicas": 0}), True, "0/0"),
        (an("PersistentVolumeClaim", status={"phase": "Bound"}), True, ""),
        (an("PersistentVolumeClaim", status={"phase": "Lost"}), False, "Lost"),
        (an("Pod", status=waiting("ContainerCreating")), None, "Pending"),
        (an("Pod", status=waiting("ImagePullBackOff", "no such image")), False, "api: ImagePullBackOff; no such image"),
        (an("Pod", status=waiting("CrashLoopBackOff", restarts=4)), False, "restarted 4 times"),
        (an("Pod", status={"phase": "Running", "conditions": [condition("Ready", "True")]}), True, ""),
        (an("Pod", status={"phase": "Succeeded"}), True, "done"),
        (
            an("Pod", status={"conditions": [condition("PodScheduled", "False", "Unschedulable", "0/1 nodes")]}),
            False,
            "0/1 nodes",
        ),
        (an("ResourceQuota", status={"hard": {"pods": "5"}, "used": {"pods": "5"}}), False, "used up: pods"),
        (
            an(
                "ResourceQuota",
                status={"hard": {"services.loadbalancers": "0"}, "used": {"services.loadbalancers": "0"}},
            ),
            True,
            "",
        ),
        (
            an(
                "HorizontalPodAutoscaler",
                spec={"maxReplicas": 3},
                status={"conditions": [condition("ScalingActive", "False", "NoMetrics")]},
            ),
            False,
            "NoMetrics",
        ),
    ],
)
def test_an_object_is_judged(one: dict[str, Any], well: bool | None, said: str) -> None:
    found, words = judged(one)
    assert found is well
    assert said in words


def test_a_hibernated_database_is_well() -> None:
    one = an("Cluster", spec={"instances": 1})
    one["metadata"]["annotations"] = {"cnpg.io/hibernation": "on"}
    assert judged(one) == (True, "hibernated")


def test_what_is_being_deleted_is_not_settled() -> None:
    one = an("Deployment", spec={"replicas": 1}, status={"readyReplicas": 1})
    one["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert judged(one) == (None, "is being deleted")


def test_a_force_has_its_own_objects_and_its_nodes_have_theirs_database_first() -> None:
    force = an("Force", "kent", spec={"code": "kent"})
    nodes = [an("DataNode", "records", spec={"force": "kent"}), an("DataNode", "other", spec={"force": "essex"})]
    children = [
        an("ResourceQuota", "quota", **{FORCE: "kent"}),
        an("Pod", "records-api-1", **{FORCE: "kent", NODE: "records", COMPONENT: "api"}),
        an("Deployment", "records-api", **{FORCE: "kent", NODE: "records", COMPONENT: "api"}),
        an("Cluster", "records-db", **{FORCE: "kent", NODE: "records", COMPONENT: "database"}),
    ]
    found = tree(force, nodes, children)
    assert [one.name for one in found.below] == ["quota", "records"]
    assert [one.name for one in found.below[1].below] == ["records-db", "records-api", "records-api-1"]
    assert found.plain()["children"][0] == {"kind": "ResourceQuota", "name": "quota", "well": True, "message": ""}
