"""The rules that the policy engine beside a node's API decides by: those of this operator's version."""

from __future__ import annotations

from functools import cache

from ndsc.policy.bundle import load_bundle
from ndsc.resources.datanode import DataNode
from ndsc_operator.children.common import Object, node_metadata
from ndsc_operator.children.network import API
from ndsc_operator.settings import Settings


def name_of(node: DataNode) -> str:
    """Name of the ConfigMap."""
    return f"{node.name}-policies"


def policies(node: DataNode, _: Settings) -> Object:
    """Each file of rules under its path, with dots for slashes: a key of a ConfigMap has none."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": node_metadata(node, name_of(node), API),
        "data": dict(_rules()),
    }


@cache
def _rules() -> tuple[tuple[str, str], ...]:
    return tuple((module.path.replace("/", "."), module.source) for module in load_bundle().rules)
