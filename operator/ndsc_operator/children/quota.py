"""What a force's namespace may use, and what a container in it gets that asks for nothing."""

from __future__ import annotations

from ndsc.resources.force import Force
from ndsc_operator.children.common import Object, force_labels, metadata, namespace_of
from ndsc_operator.settings import Settings


def resource_quota(force: Force, _: Settings) -> Object:
    """The force's quota; no Service of it is reachable from outside the cluster."""
    quota = force.spec.quota
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": metadata("quota", namespace_of(force.spec.code), force_labels(force)),
        "spec": {
            "hard": {
                "requests.cpu": quota.cpu,
                "requests.memory": quota.memory,
                "limits.memory": quota.memory,
                "requests.storage": quota.storage,
                "services.loadbalancers": "0",
                "services.nodeports": "0",
                "pods": "200",
            }
        },
    }


def limit_range(force: Force, _: Settings) -> Object:
    """Defaults, so that no container counts for nothing against the quota."""
    return {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": metadata("defaults", namespace_of(force.spec.code), force_labels(force)),
        "spec": {
            "limits": [
                {
                    "type": "Container",
                    "defaultRequest": {"cpu": "50m", "memory": "128Mi"},
                    "default": {"memory": "256Mi"},
                }
            ]
        },
    }
