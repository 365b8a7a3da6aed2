"""What is kept of a database that is let go: its audit log, written into a volume of its own as plain SQL."""

from __future__ import annotations

import hashlib

from ndsc.resources.datanode import DataNode
from ndsc_operator.children import database
from ndsc_operator.children.common import (
    Object,
    container_security,
    namespace_of,
    node_labels,
    node_metadata,
    pod_security,
)
from ndsc_operator.children.network import MIGRATION
from ndsc_operator.settings import Settings

FOLDER = "/archive"
_ARCHIVE = "archive"


def name_of(node: str) -> str:
    """Name of a node's volume, and of the job that writes into it."""
    return f"{node}-audit"


def reference(force: str, node: str) -> Object:
    """The job as far as it is known without a manifest."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name_of(node), "namespace": namespace_of(force)},
    }


def file_of(database_id: str) -> str:
    """Name of the file: a later database of the same name writes another."""
    return f"audit-{hashlib.sha256(database_id.encode()).hexdigest()[:10]}.sql"


def volume(node: DataNode, settings: Settings, size: str) -> Object:
    """As large as the database that it is a part of; nothing owns it, so that nothing takes it along."""
    spec: Object = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    if settings.storage_class:
        spec["storageClassName"] = settings.storage_class
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": node_metadata(node, name_of(node.name), _ARCHIVE),
        "spec": spec,
    }


def job(node: DataNode, settings: Settings, database_id: str) -> Object:
    """Writes the log as the database's owner, by the ways that a migration has."""
    volumes, mounts = database.authority(node)
    words = ["--no-owner", "--no-privileges", "--table=audit_*", f"--file={FOLDER}/{file_of(database_id)}"]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": node_metadata(node, name_of(node.name), MIGRATION),
        "spec": {
            "backoffLimit": 4,
            "activeDeadlineSeconds": 86_400,
            "template": {
                "metadata": {"labels": node_labels(node, MIGRATION)},
                "spec": {
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "securityContext": pod_security(),
                    "containers": [
                        {
                            "name": "archive",
                            "image": settings.postgresql_image,
                            "imagePullPolicy": settings.image_pull_policy,
                            "command": ["pg_dump", *words, "--dbname=$(NDSC_DATABASE_URL)"],
                            "env": database.owners_url(node),
                            "resources": {
                                "requests": {"cpu": "50m", "memory": "64Mi"},
                                "limits": {"memory": "256Mi"},
                            },
                            "securityContext": container_security(),
                            "volumeMounts": [{"name": _ARCHIVE, "mountPath": FOLDER}, *mounts],
                        }
                    ],
                    "volumes": [
                        {"name": _ARCHIVE, "persistentVolumeClaim": {"claimName": name_of(node.name)}},
                        *volumes,
                    ],
                },
            },
        },
    }
