"""The node's PostgreSQL: a CloudNativePG cluster, and the Secrets by which the parts reach it."""

from __future__ import annotations

from ndsc.resources.datanode import DatabaseMode, DataNode, SecretKeyRef
from ndsc_operator.children.common import COMPONENT, Object, node_labels, node_metadata
from ndsc_operator.children.network import DATABASE
from ndsc_operator.settings import Settings

NAME = "ndsc"
OWNER = "ndsc_owner"


def name_of(node: DataNode) -> str:
    """Name of the cluster and the beginning of its Services' names."""
    return f"{node.name}-db"


def url_secret(node: DataNode) -> SecretKeyRef:
    """Where the URL is by which migrations reach the database."""
    reference = node.spec.database.url_secret_ref
    return reference or SecretKeyRef(name=f"{name_of(node)}-app", key="uri")


def database(node: DataNode, settings: Settings) -> Object | None:
    """The cluster; none for a database that somebody else runs.

    CloudNativePG takes a cluster's volumes with it when it is deleted, so the operator deletes one only when the
    force's deletion policy says so.
    """
    its = node.spec.database
    if its.mode is not DatabaseMode.MANAGED:
        return None
    storage: Object = {"size": its.storage}
    if settings.storage_class:
        storage["storageClass"] = settings.storage_class
    made = node_metadata(node, name_of(node), DATABASE)
    made["annotations"] = {"cnpg.io/hibernation": "on" if node.spec.hibernated else "off"}
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": made,
        "spec": {
            "instances": its.instances,
            "imageName": settings.postgresql_image,
            "imagePullPolicy": settings.image_pull_policy,
            "enablePDB": its.instances > 1,
            "enableSuperuserAccess": False,
            "storage": storage,
            "bootstrap": {"initdb": {"database": NAME, "owner": OWNER, "dataChecksums": True}},
            "inheritedMetadata": {"labels": node_labels(node) | {COMPONENT: DATABASE}},
            "resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
            "postgresql": {"parameters": {"max_connections": "100", "shared_buffers": "128MB"}},
        },
    }
