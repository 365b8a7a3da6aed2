"""Manifests for each rule about several fields: one that it accepts, one that it refuses; for any judge of them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

_ENVELOPE = {"apiVersion": "ndsc.police.uk/v1alpha1"}
FORCE: dict[str, Any] = {
    **_ENVELOPE,
    "kind": "Force",
    "metadata": {"name": "kent"},
    "spec": {"code": "kent", "name": "Kent Police"},
}
NODE: dict[str, Any] = {**_ENVELOPE, "kind": "DataNode", "metadata": {"name": "kent"}, "spec": {"force": "kent"}}
AGREEMENT: dict[str, Any] = {
    **_ENVELOPE,
    "kind": "DataSharingAgreement",
    "metadata": {"name": "example"},
    "spec": {
        "title": "An example",
        "parties": [{"force": "kent"}, {"force": "essex"}],
        "legalBasis": {"statute": "An Act, section 1", "gateway": "An example."},
        "purposes": ["prevent-crime"],
        "categories": ["nominal"],
        "startsOn": "2026-01-01",
        "endsOn": "2026-12-31",
        "reviewOn": "2026-06-30",
        "dpia": "EXAMPLE",
    },
}
BASES = {"Force": FORCE, "DataNode": NODE, "DataSharingAgreement": AGREEMENT}


def changed(kind: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    manifest = deepcopy(BASES[kind])
    for path, value in changes.items():
        *parents, last = path.split(".")
        below = manifest
        for name in parents:
            below = below.setdefault(name, {})
        below[last] = value
    return manifest


PROVIDERS = [{"force": "kent", "role": "provider"}, {"force": "essex", "role": "provider"}]
CONSUMERS = [{"force": "kent", "role": "consumer"}, {"force": "essex", "role": "consumer"}]
ONE_WAY = [{"force": "kent", "role": "provider"}, {"force": "essex", "role": "consumer"}]
TWICE = [{"force": "kent"}, {"force": "essex"}, {"force": "kent", "role": "consumer"}]

_KEY, _OTHER_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"
"""Of RFC 8037 appendix A and RFC 9421 appendix B.1.4."""


def _signed_in_by(*keys: str) -> dict[str, Any]:
    jwks = [{"kty": "OKP", "crv": "Ed25519", "x": x} for x in keys]
    return {"spec.identityProvider": {"issuer": "https://login.kent.example", "keys": jwks}}


STATE_CASES: list[tuple[str, int, dict[str, Any], dict[str, Any]]] = [
    ("Force", 0, {}, {"metadata.name": "kent-police"}),
    ("Force", 2, {"spec.successorOf": ["surrey"]}, {"spec.successorOf": ["kent"]}),
    ("Force", 3, {"spec.successorOf": ["surrey", "essex"]}, {"spec.successorOf": ["surrey", "surrey"]}),
    ("Force", 4, _signed_in_by(_KEY, _OTHER_KEY), _signed_in_by(_KEY, _KEY)),
    ("Force", 5, _signed_in_by(_KEY), _signed_in_by(_KEY, "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
    ("DataNode", 1, {"spec.replicas": {"min": 2, "max": 2}}, {"spec.replicas": {"min": 4}}),
    (
        "DataNode",
        2,
        {"spec.database": {"mode": "external", "urlSecretRef": {"name": "db"}}},
        {"spec.database": {"mode": "external"}},
    ),
    ("DataNode", 2, {"spec.database": {"storage": "20Gi"}}, {"spec.database": {"urlSecretRef": {"name": "db"}}}),
    (
        "DataNode",
        3,
        {"spec.connectors": [{"name": "a"}, {"name": "b"}]},
        {"spec.connectors": [{"name": "a"}, {"name": "a"}]},
    ),
    (
        "DataNode",
        4,
        {"spec.index.rules": [{"kind": "event", "visibility": "silent"}]},
        {"spec.index.rules": [{"visibility": "silent"}]},
    ),
    ("DataSharingAgreement", 0, {}, {"spec.parties": TWICE}),
    ("DataSharingAgreement", 1, {"spec.parties": ONE_WAY}, {"spec.parties": CONSUMERS}),
    ("DataSharingAgreement", 2, {"spec.parties": ONE_WAY}, {"spec.parties": PROVIDERS}),
    (
        "DataSharingAgreement",
        3,
        {"spec.startsOn": "2026-06-30", "spec.endsOn": "2026-06-30"},
        {"spec.endsOn": "2025-12-31"},
    ),
    ("DataSharingAgreement", 4, {"spec.reviewOn": "2026-12-31"}, {"spec.reviewOn": "2027-01-01"}),
    (
        "DataSharingAgreement",
        5,
        {"spec.ceiling.sensitive": True},
        {"spec.ceiling": {"tier": "SECRET", "sensitive": True}},
    ),
    ("DataSharingAgreement", 6, {"spec.suspendedBy": ["essex"]}, {"spec.suspendedBy": ["surrey"]}),
    ("DataSharingAgreement", 7, {"spec.terminatedBy": ["essex"]}, {"spec.terminatedBy": ["surrey"]}),
]
CHANGE_CASES: list[tuple[str, int, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("Force", 1, {}, {"spec.name": "Kent Constabulary"}, {"spec.code": "essex", "metadata.name": "essex"}),
    ("DataNode", 0, {}, {"spec.hibernated": True}, {"spec.force": "essex"}),
    (
        "DataSharingAgreement",
        8,
        {"spec.terminatedBy": ["kent"]},
        {"spec.terminatedBy": ["kent", "essex"]},
        {"spec.terminatedBy": ["essex"]},
    ),
    (
        "DataSharingAgreement",
        9,
        {"spec.terminatedBy": ["kent"]},
        {"spec.terminatedBy": ["kent"], "metadata.labels": {"a": "b"}},
        {"spec.terminatedBy": ["kent"], "spec.endsOn": "2030-01-01"},
    ),
]
