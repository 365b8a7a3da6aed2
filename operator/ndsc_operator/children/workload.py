"""What runs the node: its API beside its policy engine, and the job that brings its database's tables up to date."""

from __future__ import annotations

import hashlib

from ndsc.resources.datanode import DataNode
from ndsc_operator.children import database
from ndsc_operator.children.common import (
    API_PORT,
    METRICS_PORT,
    Object,
    container_security,
    node_labels,
    node_metadata,
    pod_security,
    selector,
)
from ndsc_operator.children.network import API, MIGRATION
from ndsc_operator.settings import Settings

_POLICY_PORT = 8181
_CERTIFICATES, _CONNECTORS, _POLICIES, _TEMPORARY = "certificates", "connectors", "policies", "tmp"


def version_of(node: DataNode, settings: Settings) -> str:
    """The version that is to run."""
    return node.spec.version or settings.version


def image_of(node: DataNode, settings: Settings) -> str:
    """The image that is to run: the node's own, or the platform's in the node's version."""
    if node.spec.image:
        return node.spec.image
    repository = settings.image.rpartition(":")[0]
    return f"{repository}:{version_of(node, settings)}" if node.spec.version else settings.image


def certificate_secret(node: DataNode) -> str:
    """Name of the Secret with the node's certificate, its key and the platform's authority."""
    return f"{node.name}-tls"


def migration(node: DataNode, settings: Settings) -> Object:
    """One job for each image: a job's template cannot change, so another image is another job."""
    image = image_of(node, settings)
    digest = hashlib.sha256(image.encode()).hexdigest()[:10]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": node_metadata(node, f"{node.name}-migrate-{digest}", MIGRATION),
        "spec": {
            "backoffLimit": 6,
            "activeDeadlineSeconds": 3600,
            "ttlSecondsAfterFinished": 86_400,
            "template": {
                "metadata": {"labels": node_labels(node, MIGRATION)},
                "spec": {
                    "restartPolicy": "OnFailure",
                    "automountServiceAccountToken": False,
                    "securityContext": pod_security(),
                    "containers": [
                        {
                            "name": "migrate",
                            "image": image,
                            "imagePullPolicy": settings.image_pull_policy,
                            "args": ["serve", "migrate", "node"],
                            "env": [_database_url(node)],
                            "resources": {
                                "requests": {"cpu": "50m", "memory": "128Mi"},
                                "limits": {"memory": "512Mi"},
                            },
                            "securityContext": container_security(),
                            "volumeMounts": [{"name": _TEMPORARY, "mountPath": "/tmp"}],  # noqa: S108  # its own
                        }
                    ],
                    "volumes": [{"name": _TEMPORARY, "emptyDir": {"sizeLimit": "64Mi"}}],
                },
            },
        },
    }


def deployment(node: DataNode, settings: Settings) -> Object:
    """The API with OPA beside it. How many copies run is the autoscaler's field, unless the node sleeps."""
    labels = node_labels(node, API)
    spec: Object = {
        "selector": {"matchLabels": selector(node, API)},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "revisionHistoryLimit": 5,
        "progressDeadlineSeconds": 300,
        "template": {"metadata": {"labels": labels}, "spec": _pod(node, settings)},
    }
    if node.spec.hibernated:
        spec["replicas"] = 0
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": node_metadata(node, f"{node.name}-api", API),
        "spec": spec,
    }


def service(node: DataNode, _: Settings) -> Object:
    """Where the gateway finds the node, under the node's own name."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": node_metadata(node, node.name, API),
        "spec": {
            "selector": selector(node, API),
            "ports": [
                {"name": "https", "port": 443, "targetPort": "https"},
                {"name": "metrics", "port": METRICS_PORT, "targetPort": "metrics"},
            ],
        },
    }


def autoscaler(node: DataNode, _: Settings) -> Object | None:
    """Copies between the node's bounds by the load of its own pods; none while it sleeps."""
    if node.spec.hibernated:
        return None
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": node_metadata(node, f"{node.name}-api", API),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"{node.name}-api"},
            "minReplicas": node.spec.replicas.min,
            "maxReplicas": node.spec.replicas.max,
            "metrics": [
                {
                    "type": "ContainerResource",
                    "containerResource": {
                        "name": "cpu",
                        "container": "api",
                        "target": {"type": "Utilization", "averageUtilization": 150},
                    },
                }
            ],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 120}},
        },
    }


def disruption_budget(node: DataNode, _: Settings) -> Object:
    """At most one copy less at a time, so that draining a machine never waits for ever."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": node_metadata(node, f"{node.name}-api", API),
        "spec": {"selector": {"matchLabels": selector(node, API)}, "maxUnavailable": 1},
    }


def monitor(node: DataNode, _: Settings) -> Object:
    """How Prometheus' operator finds the node's metrics, where the cluster has one."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": node_metadata(node, node.name, API),
        "spec": {"selector": {"matchLabels": selector(node, API)}, "endpoints": [{"port": "metrics"}]},
    }


def _pod(node: DataNode, settings: Settings) -> Object:
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pod_security(),
        "terminationGracePeriodSeconds": 30,
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": selector(node, API)},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
        "containers": [_api(node, settings), _policy_engine(settings)],
        "volumes": [
            {"name": _TEMPORARY, "emptyDir": {"sizeLimit": "64Mi"}},
            {"name": _CERTIFICATES, "secret": {"secretName": certificate_secret(node), "defaultMode": 0o440}},
            {"name": _POLICIES, "configMap": {"name": "policies"}},
        ],
    }


def _api(node: DataNode, settings: Settings) -> Object:
    probe = {"port": "metrics", "scheme": "HTTP"}
    return {
        "name": "api",
        "image": image_of(node, settings),
        "imagePullPolicy": settings.image_pull_policy,
        "args": ["serve", "node", "--force", node.spec.force],
        "env": [_database_url(node)],
        "ports": [
            {"name": "https", "containerPort": API_PORT},
            {"name": "metrics", "containerPort": METRICS_PORT},
        ],
        "startupProbe": {"httpGet": probe | {"path": "/livez"}, "periodSeconds": 1, "failureThreshold": 60},
        "livenessProbe": {"httpGet": probe | {"path": "/livez"}, "periodSeconds": 10},
        "readinessProbe": {"httpGet": probe | {"path": "/readyz"}, "periodSeconds": 3},
        # A moment for the Service to forget the pod before it stops to listen: no search is lost in a roll-out.
        "lifecycle": {"preStop": {"sleep": {"seconds": 3}}},
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "768Mi"}},
        "securityContext": container_security(),
        "volumeMounts": [
            {"name": _TEMPORARY, "mountPath": "/tmp"},  # noqa: S108  # the container's own
            {"name": _CERTIFICATES, "mountPath": "/etc/ndsc/tls", "readOnly": True},
        ],
    }


def _policy_engine(settings: Settings) -> Object:
    return {
        "name": "opa",
        "image": settings.opa_image,
        "imagePullPolicy": settings.image_pull_policy,
        "args": ["run", "--server", f"--addr=127.0.0.1:{_POLICY_PORT}", "--bundle", "/etc/ndsc/policies"],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": container_security(),
        "volumeMounts": [{"name": _POLICIES, "mountPath": "/etc/ndsc/policies", "readOnly": True}],
    }


def _database_url(node: DataNode) -> Object:
    reference = database.url_secret(node)
    source = {"secretKeyRef": {"name": reference.name, "key": reference.key}}
    return {"name": "NDSC_DATABASE_URL", "valueFrom": source}
