"""A force on the cluster: its resources, from the manifests that kubectl takes, in the order in which they can be."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from ndsc.resources.base import Manifest
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force

_READY = {"pulumi.com/waitFor": "condition=Ready"}
"""What makes Pulumi wait: a node's namespace is there when its force is ready."""


class Tenant(pulumi.ComponentResource):
    """One force and its data nodes."""

    def __init__(self, force: Force, nodes: Sequence[DataNode], options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ndsc:index:Tenant", force.name, {}, options)
        self.code = force.spec.code
        self.force = resource(force, pulumi.ResourceOptions(parent=self))
        inside = pulumi.ResourceOptions(parent=self, depends_on=[self.force])
        self.nodes = [resource(node, inside, namespace=node.spec.force) for node in nodes]
        self.register_outputs({"force": force.spec.code})


def resource(
    manifest: Manifest, options: pulumi.ResourceOptions, *, namespace: str | None = None
) -> kubernetes.apiextensions.CustomResource:
    """The manifest as an object of the stack; its status is the operator's."""
    its = manifest.metadata
    metadata = {
        "name": its.name,
        "labels": dict(its.labels),
        "annotations": dict(its.annotations) | _READY,
    }
    if namespace:
        metadata["namespace"] = its.namespace or namespace
    return kubernetes.apiextensions.CustomResource(
        f"{manifest.kind.lower()}-{its.name}",
        api_version=manifest.api_version,
        kind=manifest.kind,
        metadata=metadata,
        spec=manifest.dump()["spec"],
        opts=options,
    )
