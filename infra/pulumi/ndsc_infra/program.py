"""One stack: the platform, then the forces, then what they agreed."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.base import Manifest
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force
from ndsc_infra import settings
from ndsc_infra.force import Tenant, resource
from ndsc_infra.platform import Platform


def deploy() -> None:
    """Declare all that the stack's configuration asks for. Raises ``ConfigurationError`` or ``ManifestError``."""
    config = pulumi.Config("ndsc")
    its, manifests = settings.platform(config), settings.manifests(config)
    cluster = kubernetes.Provider("cluster", kubeconfig=its.kubeconfig, context=its.context)
    # Charts and tenants are of this one cluster, whatever kubectl points at when the stack is next brought up.
    options = pulumi.ResourceOptions(provider=cluster)
    platform = Platform("platform", its, options)
    tenants = _tenants(manifests, pulumi.ResourceOptions(provider=cluster, depends_on=[platform.release]))
    agreed = pulumi.ResourceOptions(provider=cluster, depends_on=tenants)
    for manifest in manifests:
        if isinstance(manifest, DataSharingAgreement):
            resource(manifest, agreed)
    pulumi.export("namespace", platform.namespace)
    pulumi.export("forces", [tenant.code for tenant in tenants])


def _tenants(manifests: Sequence[Manifest], options: pulumi.ResourceOptions) -> list[Tenant]:
    forces = [one for one in manifests if isinstance(one, Force)]
    nodes = [one for one in manifests if isinstance(one, DataNode)]
    known = {force.spec.code for force in forces}
    lost = sorted({node.spec.force for node in nodes} - known)
    if lost:
        raise settings.ConfigurationError(
            f"ndsc:manifests: a DataNode of {', '.join(lost)} is there, and no Force: add the Force's manifest"
        )
    return [Tenant(force, [node for node in nodes if node.spec.force == force.spec.code], options) for force in forces]
