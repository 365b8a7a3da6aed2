"""What all children share: names, labels, and the security that every container is held to."""

from __future__ import annotations

from typing import Any

from ndsc.resources.base import GROUP
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force

Object = dict[str, Any]

MANAGER = "ndsc-operator"
"""Field manager of server-side apply, and the label's value that says whose an object is."""

FORCE_LABEL = f"{GROUP}/force"
NODE_LABEL = f"{GROUP}/datanode"
DATABASE_LABEL = f"{GROUP}/database"
"""On a node's Service: a digest of the outside database that the node claims, so that no other takes it."""
POLICY_ANNOTATION = f"{GROUP}/deletion-policy"
"""On a database: what becomes of it when its node is deleted, for then there is no Force to ask."""
HIBERNATION = "cnpg.io/hibernation"
"""CloudNativePG's, on a database: ``on`` stops its servers and keeps its volumes."""
READING = f"{GROUP}/reading"
"""On a database whose data node is gone: ``on`` keeps it awake, for people to read."""
KEPT = f"{GROUP}/volumes"
"""The finalizer of a database: its volumes must outlive it, so it goes only once they are no longer its own."""
COMPONENT = "app.kubernetes.io/component"

DEFAULT_NAMESPACE = "default"
"""Where kubectl puts a manifest that names no namespace."""

API_PORT = 8443
METRICS_PORT = 9090


def namespace_of(code: str) -> str:
    """The namespace of a force: its code, which is a valid name of one."""
    return code


def force_labels(force: Force) -> dict[str, str]:
    """Labels of what belongs to a force."""
    return platform_labels() | {FORCE_LABEL: force.spec.code}


def node_labels(node: DataNode, component: str = "") -> dict[str, str]:
    """Labels of what belongs to a data node, and which part of it it is."""
    part = {COMPONENT: component} if component else {}
    return platform_labels() | {FORCE_LABEL: node.spec.force, NODE_LABEL: node.name} | part


def homes(force: str) -> tuple[str, ...]:
    """Where a data node of a force may lie: the force's namespace, or that of manifests that name none."""
    return (namespace_of(force), DEFAULT_NAMESPACE)


def selector(node: DataNode, component: str) -> dict[str, str]:
    """The labels that select the pods of one part of a node; they never change in its life."""
    return {NODE_LABEL: node.name, COMPONENT: component}


def metadata(name: str, namespace: str | None, labels: dict[str, str]) -> Object:
    """Metadata of a child."""
    return {"name": name, "labels": labels} | ({"namespace": namespace} if namespace else {})


def node_metadata(node: DataNode, name: str, component: str = "") -> Object:
    """Metadata of a child of a data node, in its force's namespace."""
    return metadata(name, namespace_of(node.spec.force), node_labels(node, component))


def pod_security() -> Object:
    """The pod's part of the restricted level of the Pod Security Standards."""
    return {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container_security() -> Object:
    """The container's part, and a root file system that nothing writes to."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def platform_labels() -> dict[str, str]:
    """Labels of what belongs to the platform itself."""
    return {"app.kubernetes.io/managed-by": MANAGER, "app.kubernetes.io/part-of": "ndsc"}
