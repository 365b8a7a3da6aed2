"""The platform and two forces as the chart and the operator make them, without a cluster: what walls are judged on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from tests.helming import CHART, Helm
from tests.walls import API_SERVER, OUTSIDERS, Party

from ndsc.resources.base import API_VERSION
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force
from ndsc.resources.loader import load_text
from ndsc_operator.children.common import COMPONENT, FORCE_LABEL
from ndsc_operator.children.network import LOADER
from ndsc_operator.plan import force_steps, node_steps
from ndsc_operator.settings import Settings

Object = dict[str, Any]
SYSTEM = "ndsc-system"
NODES = {"kent": ("kent", "kent-archive"), "essex": ("essex",)}
"""Two forces, one of them with two nodes."""

_CIDR = f"{API_SERVER.address}/32"
_SETTINGS = Settings(api_server_cidr=_CIDR)
_ROLES = {"api": "node", "migration": "migration", "database": "database of the node"}
_CENTRAL = {"platform-keys": "keys", "platform-check": "check"} | {
    f"{part}-db": f"database of the {part}" for part in ("evaluator", "registry", "gateway")
}
"""The words of the docs for what the label of a component says."""


def platform(helm: Helm) -> list[Object]:
    """What the chart makes."""
    values = ("--set", f"networkPolicy.apiServerCidr={_CIDR}", "--namespace", SYSTEM)
    rendered = helm("template", "ndsc", str(CHART), *values, "--api-versions", "postgresql.cnpg.io/v1/Cluster")
    return [one for one in yaml.safe_load_all(rendered) if one]


def forces() -> Iterator[Object]:
    """What the operator makes of the forces and their nodes."""
    for code, nodes in NODES.items():
        (force,) = load_text(yaml.safe_dump(_manifest("Force", code, {"code": code, "name": code.title()})))
        assert isinstance(force, Force)
        yield from (child for step in force_steps(force, _SETTINGS) for child in step.children)
        for name in nodes:
            (node,) = load_text(yaml.safe_dump(_manifest("DataNode", name, {"force": code}, namespace=code)))
            assert isinstance(node, DataNode)
            yield from (child for step in node_steps(node, _SETTINGS) for child in step.children)


def parties(objects: list[Object]) -> list[Party]:
    """The pods that come of them, the loader that a force runs itself, and who else there is."""
    namespaces = {one["metadata"]["name"]: one["metadata"]["labels"] for one in objects if one["kind"] == "Namespace"}
    found = [_party(one, namespaces) for one in objects if one["kind"] in {"Deployment", "Job", "Pod", "Cluster"}]
    labels = {code: {COMPONENT: LOADER, FORCE_LABEL: code} for code in NODES}
    loaders = [Party(LOADER, code, labels[code], namespaces[code], code, code) for code in NODES]
    return [*found, *loaders, *OUTSIDERS]


def _manifest(kind: str, name: str, spec: Object, **metadata: str) -> Object:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name} | metadata, "spec": spec}


def _party(one: Object, namespaces: dict[str, dict[str, str]]) -> Party:
    """The pods that come of an object."""
    its, labels = one["metadata"], _pod_labels(one)
    force, component = labels.get(FORCE_LABEL, ""), labels[COMPONENT]
    role = _ROLES[component] if force else _CENTRAL.get(component, component)
    return Party(
        role, its["namespace"], labels, namespaces.get(its["namespace"], {}), force, its["name"] if force else ""
    )


def _pod_labels(one: Object) -> dict[str, str]:
    if one["kind"] == "Cluster":  # CloudNativePG labels its pods with the cluster's name
        labels: dict[str, str] = one["spec"]["inheritedMetadata"]["labels"]
        return labels | {"cnpg.io/cluster": one["metadata"]["name"]}
    pod = one if one["kind"] == "Pod" else one["spec"]["template"]
    found: dict[str, str] = pod["metadata"]["labels"]
    return found
