"""What runs the node: its API beside its policy engine, and the job that brings its database's tables up to date."""

from __future__ import annotations

import hashlib

from ndsc.resources.datanode import DataNode
from ndsc_operator.children import connectors, database, policies
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
_TLS_FOLDER = "/etc/ndsc/tls"
_CERTIFICATES, _POLICIES, _TEMPORARY = "certificates", "policies", "tmp"
_BUSY = "150m"
"""Processor time of a copy beyond which another is started. What it asks for is some three times what it uses at rest
(8m, OPA 1m, the database 9m): a quiet force keeps none from the others, and each has its share when all are busy."""
_JOBS_OWN = frozenset(
    {"controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"}
)
"""Labels that Kubernetes gives to a job's template."""
_SCRATCH = {"name": _TEMPORARY, "mountPath": "/tmp"}  # noqa: S108  # the container's own


def wanted_image(node: DataNode, settings: Settings, running: str = "") -> str:
    """The image that is to run: the one that the node names, or the platform's in the version that is named.

    Where neither the node nor the platform names one, the node keeps what it runs: so a new operator restarts nothing.
    """
    if node.spec.image:
        return node.spec.image
    version = node.spec.version or settings.version
    if version:
        return f"{settings.image.rpartition(':')[0]}:{version}"
    return running or settings.image


def certificate_secret(node: DataNode) -> str:
    """Name of the Secret with the node's certificate, its key and the platform's authority."""
    return f"{node.name}-tls"


def migration(node: DataNode, settings: Settings, image: str, database_id: str, service_role: str) -> Object:
    """One job for each image and database: a job's template cannot change, so another one is another job."""
    digest = hashlib.sha256(f"{image} {database_id}".encode()).hexdigest()[:10]
    volumes, mounts = database.authority(node)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": node_metadata(node, f"{node.name}-migrate-{digest}", MIGRATION),
        "spec": {
            "backoffLimit": 4,
            "activeDeadlineSeconds": 3600,
            "template": {
                "metadata": {"labels": node_labels(node, MIGRATION)},
                "spec": {
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "securityContext": pod_security(),
                    "containers": [
                        {
                            "name": "migrate",
                            "image": image,
                            "imagePullPolicy": settings.image_pull_policy,
                            "args": ["migrate", "node"],
                            "env": [*database.owners_url(node), {"name": "NDSC_SERVICE_ROLE", "value": service_role}],
                            "resources": {
                                "requests": {"cpu": "25m", "memory": "128Mi"},
                                "limits": {"memory": "512Mi"},
                            },
                            "securityContext": container_security(),
                            "volumeMounts": [_SCRATCH, *mounts],
                        }
                    ],
                    "volumes": [{"name": _TEMPORARY, "emptyDir": {"sizeLimit": "64Mi"}}, *volumes],
                },
            },
        },
    }


def begun(job: Object, there: Object | None) -> Object:
    """A job with the template of the one of its name that is there: another version of the operator renders another."""
    if there is None or there["metadata"]["name"] != job["metadata"]["name"]:
        return job
    template: Object = there["spec"]["template"]
    labels = {name: its for name, its in template["metadata"]["labels"].items() if name not in _JOBS_OWN}
    return job | {"spec": job["spec"] | {"template": template | {"metadata": {"labels": labels}}}}


def asked(node: DataNode, image: str, credentials: str) -> Object:
    """What somebody asks for that the API's pods depend on; nothing that stands as it is by default."""
    spec = node.spec.model_dump(mode="json", exclude_defaults=True)
    database_of = spec.get("database", {})
    return {
        "image": image,
        "credentials": credentials,
        "connectors": spec.get("connectors", []),
        "database": {name: database_of[name] for name in ("mode", "url_secret_ref") if name in database_of},
    }


def template(node: DataNode, settings: Settings, image: str, credentials: str) -> Object:
    """A pod with the API and OPA beside it.

    ``credentials`` names the password that the API reads when it starts: another one starts it anew.
    """
    noted = {"annotations": {"ndsc.police.uk/credentials": credentials}} if credentials else {}
    return {"metadata": {"labels": node_labels(node, API)} | noted, "spec": _pod(node, settings, image)}


def deployment(node: DataNode, pods: Object, *, asleep: bool) -> Object:
    """The API's copies, of a template. How many run is the autoscaler's field, unless the node sleeps."""
    spec: Object = {
        "selector": {"matchLabels": selector(node, API)},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "revisionHistoryLimit": 5,
        "progressDeadlineSeconds": 300,
        "template": pods,
    }
    if asleep:
        spec["replicas"] = 0
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": node_metadata(node, f"{node.name}-api", API),
        "spec": spec,
    }


def service(node: DataNode, _: Settings, database_claim: str = "") -> Object:
    """Where the gateway finds the node, under the node's own name; and its claim to an outside database."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _claiming(node_metadata(node, node.name, API), database_claim),
        "spec": {
            "selector": selector(node, API),
            "ports": [
                {"name": "https", "port": 443, "targetPort": "https"},
                {"name": "metrics", "port": METRICS_PORT, "targetPort": "metrics"},
            ],
        },
    }


def autoscaler(node: DataNode, _: Settings) -> Object:
    """Copies between the node's bounds by the load of its own pods."""
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
                        "target": {"type": "AverageValue", "averageValue": _BUSY},
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


def _claiming(its: Object, digest: str) -> Object:
    return its | {"labels": its["labels"] | database.claim(digest)}


def _pod(node: DataNode, settings: Settings, image: str) -> Object:
    volumes, mounts = database.authority(node)
    own_volumes, own_mounts = connectors.volume(node)
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
        "containers": [_api(node, settings, image, [*mounts, *own_mounts]), _policy_engine(settings)],
        "volumes": [
            {"name": _TEMPORARY, "emptyDir": {"sizeLimit": "1Gi"}},
            {"name": _CERTIFICATES, "secret": {"secretName": certificate_secret(node), "defaultMode": 0o440}},
            {"name": _POLICIES, "configMap": {"name": policies.name_of(node)}},
            *volumes,
            *own_volumes,
        ],
    }


def _api(node: DataNode, settings: Settings, image: str, mounts: list[Object]) -> Object:
    probe = {"port": "metrics", "scheme": "HTTP"}
    return {
        "name": "api",
        "image": image,
        "imagePullPolicy": settings.image_pull_policy,
        "args": ["serve", "node"],
        "env": [*_environment(node, settings), *database.services_url(node)],
        "ports": [
            {"name": "https", "containerPort": API_PORT},
            {"name": "metrics", "containerPort": METRICS_PORT},
        ],
        # Patient, for to start again what is slow on a machine that has too much to do gives it more to do.
        "startupProbe": {"httpGet": probe | {"path": "/livez"}, "periodSeconds": 2, "failureThreshold": 150} | _PATIENT,
        "livenessProbe": {"httpGet": probe | {"path": "/livez"}, "periodSeconds": 10, "failureThreshold": 6} | _PATIENT,
        "readinessProbe": {"httpGet": probe | {"path": "/readyz"}, "periodSeconds": 3} | _PATIENT,
        # A moment for the Service to forget the pod before it stops to listen: no search is lost in a roll-out.
        "lifecycle": {"preStop": {"sleep": {"seconds": 3}}},
        "resources": {"requests": {"cpu": "25m", "memory": "256Mi"}, "limits": {"memory": "768Mi"}},
        "securityContext": container_security(),
        "volumeMounts": [
            _SCRATCH,
            {"name": _CERTIFICATES, "mountPath": _TLS_FOLDER, "readOnly": True},
            *mounts,
        ],
    }


def _environment(node: DataNode, settings: Settings) -> list[Object]:
    own = {
        "NDSC_FORCE": node.spec.force,
        "NDSC_TLS_DIR": _TLS_FOLDER,
        "NDSC_LISTEN": f"0.0.0.0:{API_PORT}",
        "NDSC_PROBES": f"0.0.0.0:{METRICS_PORT}",
        "NDSC_CONNECTORS_DIR": connectors.FOLDER,
    }
    parts = {f"NDSC_{part.upper()}_URL": f"https://{part}.{settings.namespace}.svc" for part in _PARTS}
    return [{"name": name, "value": value} for name, value in (own | parts).items()]


_PATIENT = {"timeoutSeconds": 5}
_PARTS = ("hub", "evaluator", "registry")


def _policy_engine(settings: Settings) -> Object:
    return {
        "name": "opa",
        "image": settings.opa_image,
        "imagePullPolicy": settings.image_pull_policy,
        "args": ["run", "--server", f"--addr=127.0.0.1:{_POLICY_PORT}", "--watch", "--ignore=.*", "/etc/ndsc/policies"],
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": container_security(),
        "volumeMounts": [{"name": _POLICIES, "mountPath": "/etc/ndsc/policies", "readOnly": True}],
    }
