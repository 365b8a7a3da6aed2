"""Who may do what in a force's namespace: its administrators, and the operator itself, by roles of the chart."""

from __future__ import annotations

from ndsc.resources.force import Force
from ndsc_operator.children.common import MANAGER, Object, force_labels, metadata, namespace_of
from ndsc_operator.settings import Settings

_GROUP = "rbac.authorization.k8s.io"
ROLE = "ndsc-force-administrator"
"""A ClusterRole: so the operator needs the right to bind this one, and none to make roles."""
OPERATOR_ROLE = "ndsc-operator-tenant"
"""Another: what the operator may do inside a force's namespace, and nowhere else in the cluster."""


def administrators(code: str) -> str:
    """The group whose members administer a force."""
    return f"ndsc:force:{code}:administrators"


def administration(force: Force, _: Settings) -> Object:
    """The role, in the force's namespace, to its administrators' group: its successor's, where it was merged."""
    group = {"apiGroup": _GROUP, "kind": "Group", "name": administrators(force.name)}
    return _binding(force, "administrators", ROLE, group)


def operation(force: Force, settings: Settings) -> Object:
    """The operator's own rights in the namespace that it made, so that it needs none in those of others."""
    account = {"kind": "ServiceAccount", "name": MANAGER, "namespace": settings.namespace}
    return _binding(force, MANAGER, OPERATOR_ROLE, account)


def _binding(force: Force, name: str, role: str, subject: Object) -> Object:
    return {
        "apiVersion": f"{_GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": metadata(name, namespace_of(force.spec.code), force_labels(force)),
        "roleRef": {"apiGroup": _GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    }
