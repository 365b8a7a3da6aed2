"""A force's tenancy on a real API server: made by the operator, kept as it is, closed to everybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from tests.e2e.cluster import Kubectl, until
from tests.rule_cases import FORCE

from ndsc_operator.children.access import administrators

DRIFT_SECONDS = 10
OURS = "app.kubernetes.io/managed-by=ndsc-operator"
CHILDREN = ("resourcequota", "limitrange", "networkpolicy", "rolebinding")

pytestmark = pytest.mark.usefixtures("operator")


def force(code: str, **spec: Any) -> dict[str, Any]:
    made = deepcopy(FORCE)
    made["metadata"] = {"name": code}
    made["spec"] = {"code": code, "name": code.title()} | spec
    return made


def ready(kubectl: Kubectl, code: str) -> dict[str, Any]:
    """The condition Ready, where it was judged."""
    status = (kubectl.get("force", code) or {}).get("status", {})
    found: dict[str, Any] = next((one for one in status.get("conditions", []) if one["type"] == "Ready"), {})
    return found


def children(kubectl: Kubectl, code: str) -> dict[str, dict[str, Any]]:
    """The operator's objects in a force's namespace, by kind and name."""
    listed = json.loads(kubectl("get", ",".join(CHILDREN), "-n", code, "-l", OURS, "-o", "json"))["items"]
    return {f"{one['kind'].lower()}/{one['metadata']['name']}": one for one in listed}


@pytest.fixture(scope="module")
def kent(kubectl: Kubectl) -> Iterator[str]:
    assert kubectl.apply(force("kent")).returncode == 0
    kubectl("wait", "--for=condition=Ready", "force/kent", "--timeout=20s")
    yield "kent"
    kubectl("delete", "force", "kent", "--wait=false")
    kubectl("delete", "namespace", "kent", "--wait=false", "--ignore-not-found")


def test_a_force_gets_a_namespace_with_walls(kubectl: Kubectl, kent: str) -> None:
    status = kubectl.get("force", kent)["status"]
    assert status["namespace"] == kent
    assert status["observedGeneration"] == 1
    labels = kubectl.get("namespace", kent)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {name.split("/")[0] for name in children(kubectl, kent)} == set(CHILDREN)
    denied = kubectl.get("networkpolicy", "default-deny", "-n", kent)["spec"]
    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_a_privileged_pod_is_refused_in_it(kubectl: Kubectl, kent: str) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "root", "namespace": kent},
        "spec": {"containers": [{"name": "root", "image": "any", "securityContext": {"privileged": True}}]},
    }
    refused = kubectl.apply(pod)
    assert refused.returncode == 1
    assert 'violates PodSecurity "restricted:latest"' in refused.stderr


def test_what_is_deleted_comes_back(kubectl: Kubectl, kent: str) -> None:
    before = children(kubectl, kent)
    for name in before:
        kubectl("delete", name, "-n", kent)
    until(lambda: children(kubectl, kent).keys() == before.keys(), seconds=DRIFT_SECONDS)
    after = children(kubectl, kent)
    assert all(after[name].get("spec") == before[name].get("spec") for name in before)
    assert all(after[name].get("rules") == before[name].get("rules") for name in before)


def test_a_namespace_that_is_deleted_comes_back_with_all_that_is_in_it(kubectl: Kubectl) -> None:
    kubectl.apply(force("essex"))
    kubectl("wait", "--for=condition=Ready", "force/essex", "--timeout=20s")
    before, namespace = children(kubectl, "essex").keys(), kubectl.get("namespace", "essex")["metadata"]["uid"]
    kubectl("delete", "namespace", "essex", "--timeout=50s")
    until(lambda: (kubectl.get("namespace", "essex") or {}).get("metadata", {}).get("uid") != namespace, seconds=30)
    until(lambda: kubectl.get("namespace", "essex") and children(kubectl, "essex").keys() == before, seconds=30)


@pytest.mark.parametrize(
    ("name", "path", "wrong"),
    [
        ("namespace/kent", "/metadata/labels/pod-security.kubernetes.io~1enforce", "privileged"),
        ("resourcequota/quota", "/spec/hard/requests.cpu", "1k"),
        ("limitrange/defaults", "/spec/limits/0/default/memory", "64Gi"),
        ("networkpolicy/api", "/spec/ingress", [{}]),
        ("networkpolicy/default-deny", "/spec/policyTypes", ["Egress"]),
        ("rolebinding/administrators", "/subjects/0/name", "system:authenticated"),
    ],
)
def test_what_is_edited_is_put_right(kubectl: Kubectl, kent: str, name: str, path: str, wrong: object) -> None:
    before = kubectl.get(name, "-n", kent)
    patch = json.dumps([{"op": "add", "path": path, "value": wrong}])
    kubectl("patch", name, "-n", kent, "--type=json", "-p", patch)
    parts = ("spec", "rules", "subjects")

    def as_before() -> bool:
        now = kubectl.get(name, "-n", kent)
        labels = now["metadata"]["labels"].items() >= before["metadata"]["labels"].items()
        return labels and all(now.get(part) == before.get(part) for part in parts)

    until(as_before, seconds=DRIFT_SECONDS)


def test_what_others_add_is_left_alone(kubectl: Kubectl, kent: str) -> None:
    kubectl("label", "namespace", kent, "cost-centre=42")
    kubectl("annotate", "resourcequota", "quota", "-n", kent, "example.org/note=ours")
    kubectl("delete", "limitrange", "defaults", "-n", kent)  # the operator works on the force again
    until(lambda: kubectl.get("limitrange", "defaults", "-n", kent), seconds=DRIFT_SECONDS)
    assert kubectl.get("namespace", kent)["metadata"]["labels"]["cost-centre"] == "42"
    assert kubectl.get("resourcequota", "quota", "-n", kent)["metadata"]["annotations"]["example.org/note"] == "ours"


def test_what_is_no_longer_wanted_goes_and_what_is_not_ours_stays(kubectl: Kubectl, kent: str) -> None:
    def policy(name: str, labels: dict[str, str]) -> dict[str, Any]:
        where = {"name": name, "namespace": kent, "labels": labels}
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": where,
            "spec": {"podSelector": {}},
        }

    kubectl.apply(policy("theirs", {}))
    kubectl.apply(policy("old", {"app.kubernetes.io/managed-by": "ndsc-operator", "ndsc.police.uk/force": kent}))
    until(lambda: kubectl.get("networkpolicy", "old", "-n", kent) is None, seconds=DRIFT_SECONDS)
    assert kubectl.get("networkpolicy", "theirs", "-n", kent)


def test_a_change_of_the_force_reaches_its_children(kubectl: Kubectl, kent: str) -> None:
    kubectl.apply(force(kent, quota={"cpu": "3"}))
    until(lambda: kubectl.get("resourcequota", "quota", "-n", kent)["spec"]["hard"]["requests.cpu"] == "3")
    until(lambda: ready(kubectl, kent)["observedGeneration"] == kubectl.get("force", kent)["metadata"]["generation"])


def test_a_namespace_of_somebody_else_is_not_taken(kubectl: Kubectl, kent: str) -> None:
    kubectl("delete", "force,namespace", "surrey", "--ignore-not-found", "--timeout=50s")  # of a run before
    kubectl("create", "namespace", "surrey")
    kubectl.apply(force("surrey"))
    until(lambda: ready(kubectl, "surrey").get("reason") == "NamespaceTaken")
    assert children(kubectl, "surrey") == {}
    # A force that is stuck delays no other.
    kubectl("delete", "limitrange", "defaults", "-n", kent)
    until(lambda: kubectl.get("limitrange", "defaults", "-n", kent), seconds=DRIFT_SECONDS)
    # Handed over as the remedy says, it is taken at once.
    kubectl("label", "namespace", "surrey", OURS, "ndsc.police.uk/force=surrey")
    until(lambda: ready(kubectl, "surrey").get("status") == "True")


def test_deleting_a_force_leaves_what_it_holds(kubectl: Kubectl) -> None:
    kubectl.apply(force("sussex"))
    kubectl("wait", "--for=condition=Ready", "force/sussex", "--timeout=20s")
    kubectl("delete", "force", "sussex", "--timeout=20s")
    assert kubectl.get("namespace", "sussex")
    kubectl.apply(force("sussex"))
    kubectl("wait", "--for=condition=Ready", "force/sussex", "--timeout=20s")


@pytest.mark.parametrize(
    ("verb", "what"),
    [
        (verb, what)
        for verb in ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
        for what in (
            "pods",
            "secrets",
            "configmaps",
            "services",
            "deployments.apps",
            "jobs.batch",
            "networkpolicies.networking.k8s.io",
            "roles.rbac.authorization.k8s.io",
            "rolebindings.rbac.authorization.k8s.io",
            "datanodes.ndsc.police.uk",
        )
    ],
)
def test_an_administrator_of_one_force_may_nothing_in_anothers_namespace(
    kubectl: Kubectl, kent: str, verb: str, what: str
) -> None:
    administrator = kubectl.acting_as("someone", administrators(kent))
    answers = [
        administrator.tried("auth", "can-i", verb, what, *where).stdout.strip()
        for where in (("-n", "surrey"), ("-n", "ndsc-system"), ("-n", "kube-system"), ("--all-namespaces",))
    ]
    assert answers == ["no"] * 4


def test_an_administrator_steers_their_own_node_and_reads_no_secret(kubectl: Kubectl, kent: str) -> None:
    administrator = kubectl.acting_as("someone", administrators(kent))

    def may(*what: str) -> bool:
        return administrator.tried("auth", "can-i", *what, "-n", kent).stdout.strip() == "yes"

    assert may("patch", "datanodes.ndsc.police.uk")
    assert may("get", "pods", "--subresource=log")
    assert not may("get", "secrets")
    assert not may("create", "pods")
    assert not may("create", "rolebindings.rbac.authorization.k8s.io")
    assert not may("delete", "networkpolicies.networking.k8s.io")
