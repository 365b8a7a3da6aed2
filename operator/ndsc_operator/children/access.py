"""Who administers a force: a group, bound in the force's namespace to the role that the platform's chart brings."""

from __future__ import annotations

from ndsc.resources.force import Force
from ndsc_operator.children.common import Object, force_labels, metadata, namespace_of
from ndsc_operator.settings import Settings

ROLE = "ndsc-force-administrator"
"""A ClusterRole: so the operator needs the right to bind this one, and none to make roles."""


def administrators(code: str) -> str:
    """The group whose members administer a force."""
    return f"ndsc:force:{code}:administrators"


def administration(force: Force, _: Settings) -> Object:
    """The role, in the force's namespace, to its administrators' group."""
    group = administrators(force.spec.code)
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": metadata("administrators", namespace_of(force.spec.code), force_labels(force)),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": ROLE},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
    }
