"""Who gets a certificate, under which names, in which Secret; and how cert-manager would be asked for the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ndsc.resources.datanode import DataNode
from ndsc_operator.authority import DUE, Name, of_force, of_platform
from ndsc_operator.children.common import Object, metadata, namespace_of, node_labels, platform_labels
from ndsc_operator.settings import Settings

PARTS = ("evaluator", "registry", "gateway", "hub", "operator")
"""The platform's own parts; the Service of each is called like it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A leaf, and the Secret that it is to be in."""

    secret: str
    namespace: str
    name: Name
    labels: Mapping[str, str]

    @property
    def metadata(self) -> Object:
        """Of the Secret."""
        return metadata(self.secret, self.namespace, dict(self.labels))


def of_parts(settings: Settings) -> tuple[Wanted, ...]:
    """Those of the platform's own parts."""
    where, labels = settings.namespace, platform_labels()
    return tuple(Wanted(f"{part}-tls", where, of_platform(part, part, where), labels) for part in PARTS)


def of_node(node: DataNode) -> tuple[Wanted, ...]:
    """Those of a data node: its API's, and that of whoever loads an export into it."""
    code, where = node.spec.force, namespace_of(node.spec.force)
    services = (("node", node.name), ("loader", f"{node.name}-loader"))
    return tuple(
        Wanted(f"{service}-tls", where, of_force(part, code, service, where), node_labels(node))
        for part, service in services
    )


def certificate(wanted: Wanted, settings: Settings) -> Object:
    """What cert-manager is asked for, where it issues in the operator's stead (cert-manager.io/v1, Certificate)."""
    kind, _, issuer = settings.certificate_issuer.partition("/")
    life = settings.lives.leaf
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": wanted.metadata,
        "spec": {
            "secretName": wanted.secret,
            "secretTemplate": {"labels": dict(wanted.labels)},
            "issuerRef": {"group": "cert-manager.io", "kind": kind, "name": issuer},
            "commonName": wanted.name.part,
            "dnsNames": list(wanted.name.dns),
            "uris": [wanted.name.uri],
            "duration": _go(life),
            "renewBefore": _go(life * (1 - DUE)),
            "privateKey": {"algorithm": "Ed25519", "encoding": "PKCS8", "rotationPolicy": "Always"},
            "usages": ["digital signature", "server auth", "client auth"],
        },
    }


def _go(duration: timedelta) -> str:
    """As Go writes it, which is how the API server gives it back."""
    hours, rest = divmod(round(duration.total_seconds()), 3600)
    return f"{hours}h{rest // 60}m{rest % 60}s"
