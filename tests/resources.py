"""Forces, nodes and agreements as an API server gives them."""

from __future__ import annotations

from typing import Any

from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.jwk import PublicKey
from ndsc.resources.signing import sign, with_signature
from ndsc.trust.keys import SigningKey, VerifyKey

_ENVELOPE = {"apiVersion": "ndsc.police.uk/v1alpha1"}


def force_object(code: str, *, signs: VerifyKey | None = None, officers: tuple[VerifyKey, ...] = ()) -> dict[str, Any]:
    """A force with its keys."""
    spec: dict[str, Any] = {"code": code, "name": code.title()}
    if officers:
        keys = [PublicKey.of(key).model_dump() for key in officers]
        spec["identityProvider"] = {"issuer": f"https://login.{code}.example", "keys": keys}
    status = {"publicKey": PublicKey.of(signs).model_dump(), "keyId": signs.kid} if signs else {}
    return {**_ENVELOPE, "kind": "Force", "metadata": {"name": code}, "spec": spec, "status": status}


def node_object(force: str, name: str = "", namespace: str = "", **spec: Any) -> dict[str, Any]:
    """A node of a force, in its namespace."""
    metadata = {"name": name or force, "namespace": namespace or force}
    return {**_ENVELOPE, "kind": "DataNode", "metadata": metadata, "spec": {"force": force, **spec}, "status": {}}


def agreement_object(name: str, *forces: str, **spec: Any) -> dict[str, Any]:
    """An agreement that nobody has signed."""
    terms = {
        "title": "Both ways",
        "parties": [{"force": force} for force in forces],
        "legalBasis": {"statute": "An Act", "gateway": "It permits this."},
        "purposes": ["prevent-crime"],
        "categories": ["nominal"],
        "startsOn": "2026-01-01",
        "endsOn": "2095-12-31",
        "reviewOn": "2027-06-30",
        "dpia": "DPIA-1",
    }
    return {**_ENVELOPE, "kind": "DataSharingAgreement", "metadata": {"name": name}, "spec": terms | spec, "status": {}}


def signed_object(agreement: dict[str, Any], keys: dict[str, SigningKey]) -> dict[str, Any]:
    """The agreement with the signatures of these parties."""
    made = DataSharingAgreement.model_validate(agreement)
    for force, key in keys.items():
        made = with_signature(made, sign(made, force, key))
    return agreement | {"status": made.dump()["status"]}
