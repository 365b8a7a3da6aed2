"""Who may talk to whom in a force's namespace: nobody, but for what is named here."""

from __future__ import annotations

from collections.abc import Iterator

from ndsc.resources.force import Force
from ndsc_operator.children.common import (
    API_PORT,
    COMPONENT,
    FORCE_LABEL,
    METRICS_PORT,
    Object,
    force_labels,
    metadata,
    namespace_of,
)
from ndsc_operator.settings import Settings

_NAMESPACE_NAME = "kubernetes.io/metadata.name"  # set by the API server, and by nobody else
_POSTGRESQL, _INSTANCE = 5432, 8000
API, DATABASE, MIGRATION, LOADER = "api", "database", "migration", "loader"


def network_policies(force: Force, settings: Settings) -> Iterator[Object]:
    """Default deny, and one policy for each way that is open."""
    code = force.spec.code
    yield _policy(force, "default-deny", {}, ingress=[], egress=[])
    yield _policy(force, "name-service", {}, egress=[_to([_in("kube-system", {"k8s-app": "kube-dns"})], 53, udp=True)])
    yield _policy(
        force,
        "api",
        {COMPONENT: API},
        ingress=[
            _from([_in(settings.namespace, {COMPONENT: part}) for part in ("gateway", "operator")], API_PORT),
            _from([{"podSelector": {"matchLabels": {COMPONENT: LOADER}}}], API_PORT),
            _from([_in(settings.monitoring_namespace)], METRICS_PORT),
        ],
        egress=[
            _to([_in(settings.namespace, {COMPONENT: part})], API_PORT) for part in ("evaluator", "registry", "hub")
        ],
    )
    yield _policy(
        force,
        "loader",
        {COMPONENT: LOADER},
        egress=[_to([{"podSelector": {"matchLabels": {COMPONENT: API}}}], API_PORT)],
    )
    clients = [{"podSelector": {"matchLabels": {FORCE_LABEL: code, COMPONENT: part}}} for part in (API, MIGRATION)]
    database = {"podSelector": {"matchLabels": {COMPONENT: DATABASE}}}
    yield _policy(
        force,
        "database-clients",
        {},
        among=[API, MIGRATION],
        egress=[_to([database], _POSTGRESQL)],
    )
    yield _policy(
        force,
        "database",
        {COMPONENT: DATABASE},
        ingress=[
            _from([*clients, database, _in(settings.database_operator_namespace)], _POSTGRESQL),
            _from([database, _in(settings.database_operator_namespace)], _INSTANCE),
            _from([_in(settings.monitoring_namespace)], 9187),
        ],
        egress=[
            _to([database], _POSTGRESQL),
            _to([database], _INSTANCE),
            _to([{"ipBlock": {"cidr": settings.api_server_cidr}}], settings.api_server_port),
            _to([{"ipBlock": {"cidr": settings.api_server_cidr}}], 443),
        ],
    )


def _policy(
    force: Force,
    name: str,
    labels: dict[str, str],
    *,
    among: list[str] | None = None,
    ingress: list[Object] | None = None,
    egress: list[Object] | None = None,
) -> Object:
    """A policy for the pods with those labels, or of one of those components."""
    pods: Object = {"matchLabels": labels} if labels else {}
    if among:
        pods = {"matchExpressions": [{"key": COMPONENT, "operator": "In", "values": among}]}
    ways = {"Ingress": ingress, "Egress": egress}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(name, namespace_of(force.spec.code), force_labels(force)),
        "spec": {
            "podSelector": pods,
            "policyTypes": [way for way, rules in ways.items() if rules is not None],
        }
        | {way.lower(): rules for way, rules in ways.items() if rules},
    }


def _in(namespace: str, labels: dict[str, str] | None = None) -> Object:
    pods = {"podSelector": {"matchLabels": labels}} if labels else {}
    return {"namespaceSelector": {"matchLabels": {_NAMESPACE_NAME: namespace}}} | pods


def _from(peers: list[Object], port: int) -> Object:
    return {"from": peers, "ports": [{"protocol": "TCP", "port": port}]}


def _to(peers: list[Object], port: int, *, udp: bool = False) -> Object:
    protocols = ("UDP", "TCP") if udp else ("TCP",)
    return {"to": peers, "ports": [{"protocol": protocol, "port": port} for protocol in protocols]}
