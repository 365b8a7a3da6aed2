"""What is broken while officers search and forces load: nothing acknowledged is lost, no answer is wrong, all heals.

Each test breaks one thing on a real cluster with a real kubelet. Meanwhile an officer searches all the time, and two
forces load; at the end every answer is judged, and everything that was acknowledged is looked for.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import faults
from tests.e2e import pair as pairs
from tests.e2e.conftest import PLATFORM, Kubectl, until
from tests.e2e.pair import READY_SECONDS, Pair
from tests.e2e.traffic import Traffic

from ndsc.resources.validation import parse_manifest
from ndsc_operator.__main__ import settings_from
from ndsc_operator.differing import of_cluster

FORCES = ("wiltshire", "suffolk")
SECOND = FORCES[1]
PROVISIONED = "cumbria"
DRIFT_SECONDS = 10

Say = Callable[[str, Any], None]
"""What a test saw, for its report."""

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def pair(kubectl: Kubectl, platform: str) -> Iterator[Pair]:
    yield pairs.brought_up(kubectl, FORCES)
    pairs.taken_away(kubectl, *FORCES, PROVISIONED)


@pytest.fixture(autouse=True)
def well(pair: Pair) -> None:
    """What the test before broke is whole again."""
    until(pair.ready, seconds=READY_SECONDS)


def judged(traffic: Traffic, say: Say) -> None:
    """Say what was counted, and see that none of it is wrong or lost."""
    say("counted", dict(traffic.counts()))
    traffic.verify()


def test_the_operator_is_killed_at_each_thing_that_it_writes(
    kubectl: Kubectl, pair: Pair, tmp_path: Path, record_property: Say
) -> None:
    """One force and its node are provisioned by an operator that is killed after each first write of its life."""
    manifests = pairs.manifests(PROVISIONED, pair.issuer)
    with pair.traffic() as traffic, faults.in_place_of_the_operator(kubectl, PLATFORM, tmp_path) as (proxy, operator):
        pairs.apply(kubectl, *manifests)

        def provisioned() -> bool:
            if not operator.runs:
                operator.start()
            return pair.condition(PROVISIONED, "Ready").get("status") == "True"

        until(provisioned, seconds=READY_SECONDS * 2)
        keys = kubectl.get("secret", "ndsc-signing", "-n", PROVISIONED)
    record_property("fault points", len(proxy.points))
    record_property("points", proxy.points)
    judged(traffic, record_property)
    told = kubectl.get("deployment", "ndsc-operator", "-n", PLATFORM)["spec"]["template"]["spec"]["containers"][0]
    settings = settings_from({one["name"]: one["value"] for one in told["env"] if one.get("value")})
    assert asyncio.run(of_cluster([parse_manifest(one) for one in manifests], settings)) == []
    assert all(any(point.endswith(f"/{name}") for point in proxy.points) for name in owned(kubectl, PROVISIONED))
    assert kubectl.get("secret", "ndsc-signing", "-n", PROVISIONED)["data"] == keys["data"]


KINDS = (
    *("networkpolicies", "rolebindings", "resourcequotas", "limitranges", "services", "configmaps", "secrets"),
    *("clusters", "jobs", "deployments", "horizontalpodautoscalers", "poddisruptionbudgets"),
)


def owned(kubectl: Kubectl, namespace: str) -> list[str]:
    """Kind and name, as in a path, of all that the operator made in a namespace."""
    found = []
    for kind in KINDS:
        listed = kubectl("get", kind, "-n", namespace, "-l", "app.kubernetes.io/managed-by=ndsc-operator", "-o", "name")
        found += [f"{kind}/{line.partition('/')[2]}" for line in listed.split()]
    assert len(found) > len(KINDS)
    return found


def uid(kubectl: Kubectl, kind: str, name: str, namespace: str) -> str:
    """Of an object, or nothing while there is none."""
    return str((kubectl.get(kind, name, "-n", namespace) or {"metadata": {"uid": ""}})["metadata"]["uid"])


def test_the_node_s_pod_is_deleted(kubectl: Kubectl, pair: Pair, record_property: Say) -> None:
    with pair.traffic() as traffic:
        [before] = pair.pods(SECOND, "api")
        kubectl("delete", "pod", before, "-n", SECOND, "--grace-period=0", "--force")
        until(lambda: pair.pods(SECOND, "api") and before not in pair.pods(SECOND, "api"), seconds=60)
        until(pair.ready, seconds=READY_SECONDS)
    judged(traffic, record_property)


CHILDREN = (
    ("rolebinding", "administrators"),
    ("rolebinding", "ndsc-operator"),
    ("networkpolicy", "default-deny"),
    ("resourcequota", ""),
    ("limitrange", "defaults"),
    ("configmap", f"{SECOND}-policies"),
    ("secret", f"{SECOND}-tls"),
    ("secret", f"{SECOND}-loader-tls"),
    ("secret", f"{SECOND}-db-service"),
    ("job", ""),
    ("horizontalpodautoscaler", f"{SECOND}-api"),
    ("poddisruptionbudget", f"{SECOND}-api"),
    ("service", SECOND),
    ("deployment", f"{SECOND}-api"),
    ("cluster", f"{SECOND}-db"),
)
"""One of each kind; of those without a name here there is one."""


def test_one_child_of_each_kind_is_deleted(kubectl: Kubectl, pair: Pair, record_property: Say) -> None:
    with pair.traffic() as traffic:
        for kind, name in CHILDREN:
            delete(kubectl, kind, name or only(kubectl, kind))
        until(pair.ready, seconds=READY_SECONDS)
    judged(traffic, record_property)


def delete(kubectl: Kubectl, kind: str, name: str) -> None:
    """Delete a child by hand, and see another come in its place."""
    before = uid(kubectl, kind, name, SECOND)
    kubectl("delete", kind, name, "-n", SECOND, "--wait=false")
    slow = READY_SECONDS if kind == "cluster" else DRIFT_SECONDS  # its volumes are taken out of its hands first
    until(lambda: uid(kubectl, kind, name, SECOND) not in ("", before), seconds=slow)


def only(kubectl: Kubectl, kind: str) -> str:
    """The name of the one object of a kind that the operator made for the force."""
    label = "app.kubernetes.io/managed-by=ndsc-operator"
    [found] = kubectl("get", kind, "-n", SECOND, "-l", label, "-o", "name").split()
    return found.partition("/")[2]


EDITS = (
    ("rolebinding", "administrators", "/subjects/0/name", "somebody-else"),
    ("networkpolicy", "default-deny", "/spec/policyTypes", ["Ingress"]),
    ("resourcequota", "", "/spec/hard/pods", "1"),
    ("limitrange", "defaults", "/spec/limits/0/default/memory", "999Mi"),
    ("configmap", f"{SECOND}-policies", "/data/floor.floor.rego", "package floor"),
    ("secret", f"{SECOND}-tls", "/data/tls.key", "ZGFtYWdlZA=="),
    ("horizontalpodautoscaler", f"{SECOND}-api", "/spec/maxReplicas", 50),
    ("poddisruptionbudget", f"{SECOND}-api", "/spec/maxUnavailable", 5),
    ("service", SECOND, "/spec/ports/0/port", 444),
    ("deployment", f"{SECOND}-api", "/spec/template/spec/containers/0/image", "elsewhere.example/other:1"),
    ("cluster", f"{SECOND}-db", "/spec/postgresql/parameters/max_connections", "20"),
)


def test_one_child_of_each_kind_is_edited(kubectl: Kubectl, pair: Pair, record_property: Say) -> None:
    with pair.traffic() as traffic:
        for kind, name, path, wrong in EDITS:
            edit(kubectl, kind, name or only(kubectl, kind), path, wrong)
        until(pair.ready, seconds=READY_SECONDS)
    judged(traffic, record_property)


def edit(kubectl: Kubectl, kind: str, name: str, path: str, wrong: Any) -> None:
    """Write something else into a child, and see it put right."""
    change = json.dumps([{"op": "replace", "path": path, "value": wrong}])
    kubectl("patch", kind, name, "-n", SECOND, "--type=json", "-p", change)
    until(lambda: value(kubectl, kind, name, path) != wrong, seconds=DRIFT_SECONDS)


def value(kubectl: Kubectl, kind: str, name: str, path: str) -> Any:
    """What stands at a place of an object (RFC 6901)."""
    found = kubectl.get(kind, name, "-n", SECOND)
    for part in path.strip("/").split("/"):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return found


def test_an_image_that_is_not_there(kubectl: Kubectl, pair: Pair, record_property: Say) -> None:
    with pair.traffic() as traffic:
        pair.patch(SECOND, {"image": "ndsc.local/absent:9.9.9"})
        try:
            until(lambda: pair.condition(SECOND, "MigrationsApplied").get("reason") == "MigrationFailed", seconds=90)
            assert "ndsc.local/absent:9.9.9" in pair.condition(SECOND, "Degraded")["message"]
            assert pair.condition(SECOND, "Ready")["status"] == "True"
        finally:
            pair.patch(SECOND, {"image": None})
        until(lambda: pair.condition(SECOND, "Degraded").get("status") == "False", seconds=120)
    judged(traffic, record_property)
    assert {search.kind for search in traffic.searches} == {"complete"}
