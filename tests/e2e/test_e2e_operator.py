"""The operator itself on a real cluster: one leader, quick succession, no write without need, no right without use."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from tests.e2e.cluster import Kubectl, until
from tests.e2e.test_e2e_tenancy import OURS, children, force

from ndsc_operator.leading import LEASE_SECONDS

TAKEOVER_SECONDS = 15


def leader(kubectl: Kubectl, where: str) -> str:
    lease = kubectl.get("lease", "ndsc-operator", "-n", where)
    return str(lease["spec"]["holderIdentity"]) if lease else ""


def pods(kubectl: Kubectl, where: str) -> dict[str, dict[str, Any]]:
    listed = kubectl("get", "pods", "-n", where, "-l", "app.kubernetes.io/name=ndsc-operator", "-o", "json")
    return {pod["metadata"]["name"]: pod for pod in json.loads(listed)["items"]}


def test_one_of_the_replicas_leads(kubectl: Kubectl, operator: str) -> None:
    until(lambda: leader(kubectl, operator) in pods(kubectl, operator), seconds=20)
    assert len(pods(kubectl, operator)) == 2


def test_another_takes_over_when_the_leader_is_gone(kubectl: Kubectl, operator: str) -> None:
    kubectl.apply(force("dorset"))
    kubectl("wait", "--for=condition=Ready", "force/dorset", "--timeout=30s")
    before = leader(kubectl, operator)
    kubectl("delete", "pod", before, "-n", operator, "--grace-period=0", "--force")
    kubectl("delete", "limitrange", "defaults", "-n", "dorset")
    # The one that ends may still have put it right: what counts is that another leads, and that it is right.
    until(lambda: leader(kubectl, operator) not in ("", before), seconds=TAKEOVER_SECONDS)
    until(lambda: kubectl.get("limitrange", "defaults", "-n", "dorset"), seconds=TAKEOVER_SECONDS)


def test_a_leader_that_ends_in_order_gives_its_lease_up(kubectl: Kubectl, operator: str) -> None:
    until(lambda: len([one for one in pods(kubectl, operator).values() if _is_ready(one)]) == 2, seconds=60)
    before = leader(kubectl, operator)
    kubectl("delete", "pod", before, "-n", operator, "--wait=false")
    assert until(lambda: leader(kubectl, operator) not in ("", before), seconds=TAKEOVER_SECONDS) < LEASE_SECONDS


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def test_a_new_leader_that_finds_all_well_writes_nothing(kubectl: Kubectl, operator: str) -> None:
    def versions() -> dict[str, str]:
        return {name: one["metadata"]["resourceVersion"] for name, one in children(kubectl, "dorset").items()}

    before, old = versions(), leader(kubectl, operator)
    kubectl("delete", "pod", old, "-n", operator, "--grace-period=0", "--force")
    until(lambda: leader(kubectl, operator) not in ("", old), seconds=TAKEOVER_SECONDS)
    time.sleep(5)  # long enough for it to have looked at every force
    assert versions() == before


def test_the_operator_may_do_nothing_beyond_its_work(kubectl: Kubectl, operator: str) -> None:
    acting = kubectl.acting_as(f"system:serviceaccount:{operator}:ndsc-operator")

    def may(*what: str) -> bool:
        return acting.tried("auth", "can-i", *what).stdout.strip() == "yes"

    assert may("patch", "namespaces")
    assert not may("delete", "namespaces")
    assert not may("get", "secrets", "-A")
    assert not may("create", "roles.rbac.authorization.k8s.io", "-n", "dorset")
    assert not may("bind", "clusterroles.rbac.authorization.k8s.io/cluster-admin")
    assert not may("create", "pods", "-n", "dorset")
    assert not may("delete", "forces.ndsc.police.uk")
    assert not may("update", "leases.coordination.k8s.io/another", "-n", operator)


def test_it_cannot_give_a_force_more_than_the_one_role(kubectl: Kubectl, operator: str) -> None:
    acting = kubectl.acting_as(f"system:serviceaccount:{operator}:ndsc-operator")
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "escalation", "namespace": "dorset"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "someone"}],
    }
    refused = acting.apply(binding)
    assert refused.returncode == 1
    assert "forbidden" in refused.stderr.lower()


@pytest.mark.parametrize("kind", ["clusterrole/ndsc-operator", "clusterrole/ndsc-force-administrator"])
def test_no_right_is_given_by_a_star(kubectl: Kubectl, operator: str, kind: str) -> None:
    for rule in kubectl.get(kind)["rules"]:
        assert "*" not in (*rule["verbs"], *rule["resources"], *rule["apiGroups"])


def test_it_has_its_own_walls_and_budget(kubectl: Kubectl, operator: str) -> None:
    assert kubectl.get("networkpolicy", "ndsc-operator", "-n", operator)["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert kubectl.get("poddisruptionbudget", "ndsc-operator", "-n", operator)["spec"]["maxUnavailable"] == 1


def test_all_that_it_made_says_so(kubectl: Kubectl, operator: str) -> None:
    listed = kubectl("get", "rolebindings,networkpolicies", "-n", "dorset", "-l", OURS, "-o", "name").split()
    assert len(listed) >= 5
