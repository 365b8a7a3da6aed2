"""The kinds of children: what is watched for drift, and what is pruned among."""

from __future__ import annotations

Kind = tuple[str, str]
"""API version and kind."""

NAMESPACE: Kind = ("v1", "Namespace")
SECRET: Kind = ("v1", "Secret")
BINDING: Kind = ("rbac.authorization.k8s.io/v1", "RoleBinding")

TENANCY_KINDS: tuple[Kind, ...] = (
    ("v1", "ResourceQuota"),
    ("v1", "LimitRange"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    BINDING,
)
"""A force's, its namespace aside."""

DATABASE: Kind = ("postgresql.cnpg.io/v1", "Cluster")

WORKLOAD_KINDS: tuple[Kind, ...] = (
    ("batch/v1", "Job"),
    ("apps/v1", "Deployment"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("policy/v1", "PodDisruptionBudget"),
)
"""A data node's, its database aside, which is never pruned."""

MONITOR: Kind = ("monitoring.coreos.com/v1", "ServiceMonitor")
"""A data node's too, where the cluster has such a kind."""

WATCHED: tuple[Kind, ...] = (NAMESPACE, *TENANCY_KINDS, DATABASE, *WORKLOAD_KINDS, MONITOR)


JUDGED: frozenset[str] = frozenset({"Cluster", "Job", "Deployment"})
"""Kinds whose status says how a data node is; of the others only what is asked of them is looked at."""


def plural(kind: Kind) -> tuple[str, str, str]:
    """Group, version and plural, as a path of the API names them."""
    group, _, version = kind[0].rpartition("/")
    lower = kind[1].lower()
    return group, version, f"{lower[:-1]}ies" if lower.endswith("y") else f"{lower}s"
