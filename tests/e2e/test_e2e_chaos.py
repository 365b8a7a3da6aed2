"""What is broken while officers search and forces load: nothing acknowledged is lost, no answer is wrong, all heals.

Each test breaks one thing on a real cluster with a real kubelet. Meanwhile an officer searches all the time, and two
forces load; at the end every answer is judged, and everything that was acknowledged is looked for.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import faults, local
from tests.e2e import pair as pairs
from tests.e2e.cluster import PLATFORM, Kubectl, until
from tests.e2e.pair import READY_SECONDS, Pair
from tests.e2e.traffic import Traffic

from ndsc.resources.validation import parse_manifest
from ndsc_operator.__main__ import settings_from
from ndsc_operator.authority import issue
from ndsc_operator.authority_secrets import AUTHORITY, Published, leaf_secret, read_authority
from ndsc_operator.children.certificates import Wanted, of_node, of_parts
from ndsc_operator.differing import of_cluster
from ndsc_operator.settings import Settings

FIRST, SECOND = pairs.FORCES
DRIFT_SECONDS = 10
OUTAGE_SECONDS = 15

LEFT_RUNNING = "ignore:Exception ignored in. <function Popen.__del__:pytest.PytestUnraisableExceptionWarning"
"""The API server that a test starts again outlives it."""

Say = Callable[[str, Any], None]
"""What a test saw, for its report."""

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(autouse=True)
def well(pair: Pair) -> None:
    """What the test before broke is whole again."""
    until(pair.ready, seconds=READY_SECONDS)


def judged(traffic: Traffic, say: Say) -> None:
    """Say what was counted, and see that none of it is wrong or lost."""
    say("counted", dict(traffic.counts()))
    traffic.verify()


@contextmanager
def operator_away(kubectl: Kubectl) -> Iterator[None]:
    """Nobody puts anything right meanwhile."""
    replicas = kubectl.get("deployment", "ndsc-operator", "-n", PLATFORM)["spec"]["replicas"]
    pods = ("pods", "-n", PLATFORM, "-l", "app.kubernetes.io/name=ndsc-operator", "-o", "name")
    kubectl("scale", "deployment/ndsc-operator", "-n", PLATFORM, "--replicas=0")
    try:
        until(lambda: not kubectl("get", *pods), seconds=60)
        yield
    finally:
        kubectl("scale", "deployment/ndsc-operator", "-n", PLATFORM, f"--replicas={replicas}")


@pytest.fixture
def provisioned(kubectl: Kubectl) -> Iterator[str]:
    """Another force, which is made and goes again."""
    yield "cumbria"
    pairs.removed(kubectl, "cumbria")


def test_the_operator_is_killed_at_each_thing_that_it_writes(
    kubectl: Kubectl, pair: Pair, provisioned: str, tmp_path: Path, record_property: Say
) -> None:
    """One force and its node are provisioned by an operator that is killed after each first write of its life."""
    manifests = pairs.manifests(provisioned, pair.issuer)
    of_it = faults.in_place_of_the_operator(kubectl, PLATFORM, tmp_path, provisioned)
    with pair.traffic() as traffic, of_it as (proxy, operator):
        pairs.apply(kubectl, *manifests)

        def is_there() -> bool:
            if not operator.runs:
                operator.start()
            return pair.condition(provisioned, "Ready").get("status") == "True"

        until(is_there, seconds=READY_SECONDS * 2)
        keys = kubectl.get("secret", "ndsc-signing", "-n", provisioned)
    record_property("fault points", len(proxy.points))
    record_property("points", proxy.points)
    judged(traffic, record_property)
    told = kubectl.get("deployment", "ndsc-operator", "-n", PLATFORM)["spec"]["template"]["spec"]["containers"][0]
    settings = settings_from({one["name"]: one["value"] for one in told["env"] if one.get("value")})
    assert asyncio.run(of_cluster([parse_manifest(one) for one in manifests], settings)) == []
    assert all(any(point.endswith(f"/{name}") for point in proxy.points) for name in owned(kubectl, provisioned))
    assert kubectl.get("secret", "ndsc-signing", "-n", provisioned)["data"] == keys["data"]


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


@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <function Popen.__del__:pytest.PytestUnraisableExceptionWarning"
)
def test_the_api_server_is_killed_and_comes_back(kubectl: Kubectl, pair: Pair, record_property: Say) -> None:
    server = local.daemon("kube-apiserver")
    before = kubectl.get("pdb", f"{FIRST}-api", "-n", FIRST)["metadata"]["uid"]
    with pair.traffic() as traffic:
        os.kill(server.pid() or 0, signal.SIGKILL)
        time.sleep(OUTAGE_SECONDS)
        assert kubectl.tried("get", "--raw", "/readyz").returncode != 0
        server.ensure()
        until(lambda: kubectl.tried("get", "--raw", "/readyz").stdout == "ok", seconds=60)
        kubectl("delete", "pdb", f"{FIRST}-api", "-n", FIRST)
        until(lambda: uid(kubectl, "pdb", f"{FIRST}-api") not in ("", before), seconds=60)
        until(pair.ready, seconds=READY_SECONDS)
    judged(traffic, record_property)
    assert {search.kind for search in traffic.searches} == {"complete"}


def uid(kubectl: Kubectl, kind: str, name: str, namespace: str = FIRST) -> str:
    """Of an object, or nothing while there is none."""
    return str((kubectl.get(kind, name, "-n", namespace) or {"metadata": {"uid": ""}})["metadata"]["uid"])


def test_the_database_s_pod_is_deleted(kubectl: Kubectl, pair: Pair, record_property: Say) -> None:
    with pair.traffic() as traffic:
        before = uid(kubectl, "pod", f"{FIRST}-db-1")
        kubectl("delete", "pod", f"{FIRST}-db-1", "-n", FIRST, "--grace-period=0", "--force")
        until(lambda: uid(kubectl, "pod", f"{FIRST}-db-1") not in ("", before), seconds=60)
        kubectl("wait", "--for=condition=Ready", "pod", f"{FIRST}-db-1", "-n", FIRST, "--timeout=55s")
        until(pair.ready, seconds=READY_SECONDS)
    judged(traffic, record_property)


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
            if kind == "job":  # the API is not looked at until it has migrated again
                until(pair.ready, seconds=READY_SECONDS)
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
    ("cluster", f"{SECOND}-db", "/spec/smartShutdownTimeout", 600),
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


@pytest.mark.parametrize("part", ["registry", "evaluator"])
def test_a_central_part_is_down(kubectl: Kubectl, pair: Pair, part: str, record_property: Say) -> None:
    with pair.traffic() as traffic:
        kubectl("scale", f"deployment/{part}", "-n", PLATFORM, "--replicas=0")
        try:
            until(lambda: traffic.searches[-1].kind != "complete", seconds=60)
            time.sleep(OUTAGE_SECONDS)
        finally:
            kubectl("scale", f"deployment/{part}", "-n", PLATFORM, "--replicas=1")
        until(pair.ready, seconds=READY_SECONDS)
    judged(traffic, record_property)


def test_certificates_have_expired_while_nobody_renewed_them(
    kubectl: Kubectl, pair: Pair, record_property: Say
) -> None:
    """As after a long absence of the operator: those of a node and of the registry, which start anew with them."""
    with pair.traffic() as traffic:
        with operator_away(kubectl):
            node = parse_manifest(pairs.manifests(SECOND, pair.issuer)[1])
            expire(kubectl, *of_node(node))  # type: ignore[arg-type]  # it is a data node
            expire(kubectl, *(one for one in of_parts(Settings()) if one.secret == "registry-tls"))
            kubectl("delete", "pod", "-n", SECOND, *pair.pods(SECOND, "api"))
            kubectl("rollout", "restart", "deployment/registry", "-n", PLATFORM)
            until(lambda: traffic.searches[-1].kind != "complete", seconds=60)
            time.sleep(OUTAGE_SECONDS)
        until(pair.ready, seconds=READY_SECONDS)
    judged(traffic, record_property)
    assert pair.condition(SECOND, "CertificatesValid")["status"] == "True"


def expire(kubectl: Kubectl, *wanted: Wanted) -> None:
    """Put a certificate in each Secret that ended an hour ago."""
    held = read_authority(kubectl.get("secret", AUTHORITY, "-n", PLATFORM))
    for one in wanted:
        leaf = issue(held.issuing, one.name, timedelta(hours=1), datetime.now(UTC) - timedelta(hours=2))
        expired = leaf_secret(Published(leaf, held.bundle), one.metadata)
        patch = json.dumps({"data": expired["data"]})
        kubectl("patch", "secret", one.secret, "-n", one.namespace, "--type=merge", "-p", patch)


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


def test_a_database_whose_disk_is_full(kubectl: Kubectl, pair: Pair, record_property: Say) -> None:
    """It says so and stops; with room again it goes on, and has all that it had acknowledged."""
    if not local.is_here():
        pytest.skip("only the local cluster (make cluster) has a volume that can be filled")
    with pair.traffic() as traffic:
        filler = local.full(local.small_volume(SECOND, pairs.VOLUME_MEGABYTES))
        try:
            # Until the next segment of its log it has room; more than what officers and forces do here fills that one.
            until(
                lambda: next_segment(kubectl) or pair.condition(SECOND, "DatabaseReady")["status"] == "False",
                seconds=60,
            )
            until(lambda: pair.condition(SECOND, "DatabaseReady").get("reason") == "DatabaseFull", seconds=180)
            assert "spec.database.storage" in pair.condition(SECOND, "Ready")["message"]
        finally:
            filler.unlink()
        until(pair.ready, seconds=READY_SECONDS * 2)
    judged(traffic, record_property)


def next_segment(kubectl: Kubectl) -> bool:
    """Let the database begin another segment of its log; whether it could not."""
    command = ("psql", "-X", "-At", "-d", "ndsc", "-c", "SELECT pg_switch_wal()", "-c", "CHECKPOINT")
    return kubectl.tried("exec", f"{SECOND}-db-1", "-n", SECOND, "-c", "postgres", "--", *command).returncode != 0
