"""The node's PostgreSQL: a CloudNativePG cluster, and by which variables the node's parts reach it."""

from __future__ import annotations

from ndsc.resources.datanode import DatabaseMode, DataNode
from ndsc.resources.force import DeletionPolicy
from ndsc_operator.children.common import (
    COMPONENT,
    DATABASE_LABEL,
    FORCE_LABEL,
    HIBERNATION,
    KEPT,
    NODE_LABEL,
    POLICY_ANNOTATION,
    Object,
    metadata,
    namespace_of,
    node_labels,
    node_metadata,
)
from ndsc_operator.children.network import DATABASE
from ndsc_operator.settings import Settings

NAME = "ndsc"
OWNER, SERVICE = "ndsc_owner", "ndsc_service"
OWNER_KEY = "owner-url"
"""Key of an outside database's Secret with the URL for its owner, beside that for the service."""
CA_FOLDER = "/etc/ndsc/database-ca"


def name_of(node: DataNode) -> str:
    """Name of the cluster and the beginning of its Services' names."""
    return f"{node.name}-db"


def is_managed(node: DataNode) -> bool:
    """Whether the platform runs it."""
    return node.spec.database.mode is DatabaseMode.MANAGED


def owner_secret(node: DataNode) -> str:
    """Name of the Secret with the owner's name and password, which CloudNativePG makes."""
    return f"{name_of(node)}-app"


def service_secret(node: DataNode) -> str:
    """Name of the Secret with the name and password that the node's API works as."""
    return f"{name_of(node)}-service"


def credentials(node: DataNode, password: str) -> Object:
    """That Secret: made once, for another password would shut the API out. CloudNativePG follows it by the label."""
    labels = node_labels(node, DATABASE) | {"cnpg.io/reload": "true"}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(service_secret(node), namespace_of(node.spec.force), labels),
        "type": "kubernetes.io/basic-auth",
        "stringData": {"username": SERVICE, "password": password},
    }


def servers(node: DataNode, settings: Settings) -> Object:
    """How the cluster's servers are set up, all of it the platform's: most changes of it restart them."""
    role = {
        "name": SERVICE,
        "ensure": "present",
        "login": True,
        "passwordSecret": {"name": service_secret(node)},
    }
    return {
        "imageName": settings.postgresql_image,
        "imagePullPolicy": settings.image_pull_policy,
        "enableSuperuserAccess": False,
        "smartShutdownTimeout": 10,  # the API keeps its connections open: to wait for it to close them is idle
        # Its pod's time to end, at most: by half of it a namespace that is deleted waits until it looks again.
        "stopDelay": 90,
        "bootstrap": {"initdb": {"database": NAME, "owner": OWNER, "dataChecksums": True}},
        "managed": {"roles": [role]},
        "inheritedMetadata": {"labels": _theirs(node)},
        "resources": {"requests": {"cpu": "25m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        "postgresql": {"parameters": {"max_connections": "100", "shared_buffers": "128MB"}},
    }


def database(node: DataNode, settings: Settings, servers: Object, policy: DeletionPolicy) -> Object:
    """The cluster, of so many servers with so much storage as the node says.

    CloudNativePG takes a cluster's volumes with it when it is deleted. The finalizer holds it until the operator has
    taken them out of its hands; a cluster of the same name then takes them over.
    """
    its = node.spec.database
    storage: Object = {"size": its.storage}
    if settings.storage_class:
        storage["storageClass"] = settings.storage_class
    made = node_metadata(node, name_of(node), DATABASE)
    made["finalizers"] = [KEPT]
    made["annotations"] = {
        HIBERNATION: "on" if node.spec.hibernated else "off",
        POLICY_ANNOTATION: policy.value,
    }
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": made,
        "spec": servers | {"instances": its.instances, "enablePDB": its.instances > 1, "storage": storage},
    }


def _theirs(node: DataNode) -> dict[str, str]:
    """Labels of what CloudNativePG makes for the cluster: whose it is, and not that the operator manages it."""
    return {FORCE_LABEL: node.spec.force, NODE_LABEL: node.name, COMPONENT: DATABASE}


def owners_url(node: DataNode) -> list[Object]:
    """The variables that name the database to what migrates it."""
    reference = node.spec.database.url_secret_ref
    return _taken(reference.name, OWNER_KEY) if reference else _joined(node, owner_secret(node))


def services_url(node: DataNode) -> list[Object]:
    """The variables that name the database to the node's API."""
    reference = node.spec.database.url_secret_ref
    return _taken(reference.name, reference.key) if reference else _joined(node, service_secret(node))


def _taken(secret: str, key: str) -> list[Object]:
    return [{"name": "NDSC_DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}]


def _joined(node: DataNode, secret: str) -> list[Object]:
    """Of a Secret's name and password; Kubernetes joins them."""
    parts: list[Object] = [
        {"name": f"DATABASE_{key.upper()}", "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
        for key in ("username", "password")
    ]
    where = f"{name_of(node)}-rw:5432/{NAME}?sslmode=verify-full&sslrootcert={CA_FOLDER}/ca.crt"
    return [
        *parts,
        {"name": "NDSC_DATABASE_URL", "value": f"postgresql://$(DATABASE_USERNAME):$(DATABASE_PASSWORD)@{where}"},
    ]


def authority(node: DataNode) -> tuple[list[Object], list[Object]]:
    """Volume and mount of the authority that signed the database's certificate; none for an outside one."""
    if not is_managed(node):
        return [], []
    source = {"secretName": f"{name_of(node)}-ca", "items": [{"key": "ca.crt", "path": "ca.crt"}], "defaultMode": 0o440}
    return (
        [{"name": "database-ca", "secret": source}],
        [{"name": "database-ca", "mountPath": CA_FOLDER, "readOnly": True}],
    )


def claim(digest: str) -> dict[str, str]:
    """The label by which a node claims an outside database."""
    return {DATABASE_LABEL: digest} if digest else {}
