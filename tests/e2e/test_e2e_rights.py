"""The operator's rights against the API server's own audit log: nothing denied, nothing granted and never used.

Comes last, and reads what all tests before it made the operator do.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cluster import Kubectl

from ndsc_operator.children.access import OPERATOR_ROLE

pytestmark = pytest.mark.last
HERE = Path(__file__).parent

ASKED_BY_THE_SERVER = {"bind", "escalate"}
"""Verbs that no request has: the API server asks for them when it is given a binding or a role."""


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One verb on one resource; ``namespace`` and ``name`` are empty where it is on all."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""

    def covers(self, asked: Right) -> bool:
        """Whether a request needs this right."""
        same = (self.verb, self.group, self.resource) == (asked.verb, asked.group, asked.resource)
        # What is created has no name yet in the request; what is applied has.
        return same and self.namespace in {"", asked.namespace} and self.name in {"", asked.name}

    def __str__(self) -> str:
        full = f"{self.resource}.{self.group}".rstrip(".")
        return f"{self.verb} {full}/{self.name or '*'} in {self.namespace or 'all namespaces'}"


_NOT_HERE = "the tests' cluster has no such kind"
_OF_ANOTHER_VERSION = "what a force always has is pruned only where another version of the operator made it"
UNUSED_WITH_REASON: dict[tuple[str, str], str] = {
    (verb, "servicemonitors.monitoring.coreos.com"): _NOT_HERE
    for verb in ("get", "list", "watch", "create", "patch", "delete")
} | {
    ("delete", "resourcequotas"): _OF_ANOTHER_VERSION,
    ("delete", "limitranges"): _OF_ANOTHER_VERSION,
    ("delete", "rolebindings.rbac.authorization.k8s.io"): _OF_ANOTHER_VERSION,
    ("get", "configmaps"): "no data node of the tests names a mapping of its administrator's",
}
"""Verb and resource (``forces.ndsc.police.uk``) of a right that no test makes the operator use, and why it has it."""


def audit_log() -> Iterator[dict[str, Any]]:
    """All requests that ended, of the whole run: the log and those that it was rotated to."""
    for log in sorted(Path(os.environ["KUBECONFIG"]).parent.glob("audit*.log")):
        with log.open() as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield json.loads(line)


def of_the_operator(where: str) -> Iterator[dict[str, Any]]:
    user = f"system:serviceaccount:{where}:ndsc-operator"
    return (one for one in audit_log() if one["user"].get("username") == user)


def asked(event: dict[str, Any]) -> Iterator[Right]:
    """The rights that a request needed: an apply that made the object needed two."""
    its = event.get("objectRef")
    if not its or "resource" not in its:
        return
    resource = "/".join(filter(None, (its["resource"], its.get("subresource"))))
    where = (its.get("apiGroup", ""), resource, its.get("namespace", ""), its.get("name", ""))
    yield Right(event["verb"], *where)
    if event["verb"] == "patch" and event.get("responseStatus", {}).get("code") == 201:
        yield Right("create", *where)


def granted(kubectl: Kubectl, where: str) -> Iterator[Right]:
    """What the cluster's roles give to the operator's account, read from the bindings that name it."""
    account = {"kind": "ServiceAccount", "name": "ndsc-operator", "namespace": where}
    listed = json.loads(kubectl("get", "clusterrolebindings,rolebindings", "-A", "-o", "json"))["items"]
    for binding in listed:
        if any(subject.items() >= account.items() for subject in binding.get("subjects", ())):
            role, namespace = binding["roleRef"], binding["metadata"].get("namespace", "")
            of = ("-n", namespace) if role["kind"] == "Role" else ()
            if role["name"] == OPERATOR_ROLE:
                namespace = ""  # one role for all forces' namespaces: a right of it is used if it is in any of them
            for rule in kubectl.get(role["kind"].lower(), role["name"], *of)["rules"]:
                yield from rights(rule, namespace)


def rights(rule: dict[str, Any], namespace: str) -> Iterator[Right]:
    for group in rule.get("apiGroups", ()):
        for resource in rule.get("resources", ()):
            for verb in rule["verbs"]:
                for name in rule.get("resourceNames", ("",)):
                    yield Right(verb, group, resource, namespace, name)


def test_nothing_that_the_operator_asked_was_denied(operator: str) -> None:
    """For good: a role that it has just bound in a new namespace reaches the server's own authoriser a moment later."""
    last = {
        (one["verb"], one["requestURI"].split("?")[0]): one.get("annotations", {}).get("authorization.k8s.io/decision")
        for one in of_the_operator(operator)
    }
    assert [what for what, decision in last.items() if decision == "forbid"] == []


def test_nothing_was_granted_that_it_did_not_use(
    kubectl: Kubectl, operator: str, request: pytest.FixtureRequest
) -> None:
    ran = {Path(item.path).name for item in request.session.items}
    left_out = {file.name for file in HERE.glob("test_e2e_*.py")} - ran
    if left_out:
        pytest.skip(f"judges the whole run, and it was without {', '.join(sorted(left_out))}")
    used = {right for event in of_the_operator(operator) for right in asked(event)}
    unused: dict[Right, bool] = {}
    for right in granted(kubectl, operator):
        # What a role gives in each of many namespaces is used where it is used in one of them.
        anywhere = replace(right, namespace="")
        unused[anywhere] = unused.get(anywhere, True) and not any(right.covers(one) for one in used)
    without_reason = [
        right
        for right, idle in unused.items()
        if idle
        and right.verb not in ASKED_BY_THE_SERVER
        and (right.verb, f"{right.resource}.{right.group}".rstrip(".")) not in UNUSED_WITH_REASON
    ]
    assert [str(right) for right in sorted(without_reason)] == []


def test_every_reason_is_of_a_right_that_it_has(kubectl: Kubectl, operator: str) -> None:
    has = {(right.verb, f"{right.resource}.{right.group}".rstrip(".")) for right in granted(kubectl, operator)}
    assert {what for _, what in UNUSED_WITH_REASON} <= {what for _, what in has}


def test_the_log_tells_of_the_operator_at_all(operator: str) -> None:
    """Otherwise nothing would be denied for want of a log."""
    verbs = {one["verb"] for one in of_the_operator(operator)}
    assert {"get", "list", "watch", "patch"} <= verbs
