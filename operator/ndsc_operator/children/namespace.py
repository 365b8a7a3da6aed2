"""The namespace of a force."""

from __future__ import annotations

from ndsc.resources.force import Force
from ndsc_operator.children.common import Object, force_labels, metadata, namespace_of
from ndsc_operator.settings import Settings

_LEVEL = "restricted"


def namespace(force: Force, _: Settings) -> Object:
    """At the restricted level of the Pod Security Standards, whatever anybody asks of it."""
    security = {f"pod-security.kubernetes.io/{mode}": _LEVEL for mode in ("enforce", "audit", "warn")}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": metadata(namespace_of(force.spec.code), None, force_labels(force) | security),
    }
