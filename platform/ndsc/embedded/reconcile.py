"""Brings the network to what its resources say: keys for every force, agreements signed, rules that know them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TypeVar

from ndsc.control.events import EventType, record_event
from ndsc.control.store import ResourceStore
from ndsc.embedded.identities import Identities
from ndsc.policy.embedded import RegopyDecider
from ndsc.policy.from_resources import force_rules, terms_in_force
from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.base import Condition, ConditionStatus, Manifest, Status
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force
from ndsc.resources.holding import MOST_HOLDERS, Bond, Merging, holders
from ndsc.resources.jwk import PublicKey
from ndsc.resources.officers import officer_keys
from ndsc.resources.settling import settlement
from ndsc.resources.signing import PartyKeys, in_force
from ndsc.resources.succession import Successors, acting_for, keys_of_parties, stand_ins, successors
from ndsc.resources.validation import parse_manifest
from ndsc.trust.keys import VerifyKey

M = TypeVar("M", bound=Manifest)


def implied_manifests(force: str, name: str) -> list[Manifest]:
    """The resources of a force that nobody wrote a manifest for: all defaults."""
    metadata = {"name": force, "labels": {"ndsc.police.uk/implied": "true"}}
    specs = {"Force": {"code": force, "name": name}, "DataNode": {"force": force}}
    return [
        parse_manifest({"apiVersion": "ndsc.police.uk/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec})
        for kind, spec in specs.items()
    ]


def reconcile(store: ResourceStore, identities: Identities, decider: RegopyDecider) -> None:
    """Make keys, sign, compile, and write what was seen into each status."""
    today = datetime.now(UTC).date()
    nodes, forces = store.list(DataNode), {force.spec.code: force for force in store.list(Force)}
    codes = sorted(forces.keys() | {node.spec.force for node in nodes})
    keys = {code: (identities.join(code).public,) for code in codes}
    identities.believe(officer_keys({code: force.spec.officer_keys for code, force in forces.items()}))
    merged = successors(forces.values())
    # Who has no Force is a party to nothing, though its key is kept for when it is applied again.
    signing = {code: keys[code] for code in forces}
    agreements = [
        _settle(store, identities, signing, forces, merged, agreement, today)
        for agreement in store.list(DataSharingAgreement)
    ]
    rules = {node.spec.force: force_rules(node.spec.policy) for node in nodes}
    decider.update(terms_in_force(agreements, today, signing, merged), rules, merged)
    for node in nodes:
        copies = 0 if node.spec.hibernated else 1
        revision = decider.revision
        _note(store, node, *_awake(node), policy_revision=revision, replicas=copies, ready_replicas=copies)
    binding = [one for one in agreements if in_force(one, today, keys_of_parties(one, signing, merged))]
    bound = [{stand_ins(one, merged).get(party, party) for party in one.spec.forces} for one in binding]
    bonds, known = [Bond.of(one) for one in agreements], tuple(forces.values())
    for code, force in forces.items():
        own = [node for node in nodes if node.spec.force == code]
        seen = _seen_of_force(own, sum(code in parties for parties in bound), keys[code][0])
        held = holders(code, bonds, Merging.of(code, known), today)
        seen["held_by"] = tuple(held[:MOST_HOLDERS])
        _note(store, force, True, "Joined", "It takes part in the embedded network.", **seen)


def note_holdings(store: ResourceStore, force: str, **seen: int | str) -> None:
    """Write what a force's nodes hold now, and how it is listed, into their status."""
    for node in store.list(DataNode):
        if node.spec.force == force:
            store.update_status(node, node.status.model_copy(update=seen))


def _settle(
    store: ResourceStore,
    identities: Identities,
    keys: PartyKeys,
    forces: Mapping[str, Force],
    merged: Successors,
    agreement: DataSharingAgreement,
    today: date,
) -> DataSharingAgreement:
    """Sign as the parties would, bring the state up to today, and say what is missing.

    Only here, where one person plays all the parties, does applying an agreement sign it.
    """
    heirs = stand_ins(agreement, merged)
    parties = {**forces, **{party: acting_for(forces[heir], party) for party, heir in heirs.items()}}
    found = settlement(
        agreement,
        parties,
        lambda party: identities.join(heirs.get(party, party)),
        keys_of_parties(agreement, keys, merged),
        today,
    )
    now = found.agreement
    if found.changed:
        record_event(store, agreement, str(now.status.state).capitalize(), f"The agreement is now {now.status.state}.")
    for sentence in found.objections:
        record_event(store, agreement, "NotSigned", sentence, EventType.WARNING)
    return _note(store, now, found.ready, found.reason, found.message)


def _seen_of_force(own: list[DataNode], agreements: int, key: VerifyKey) -> dict[str, object]:
    awake = sum(not node.spec.hibernated for node in own)
    seen = {"nodes": len(own), "ready_nodes": awake, "agreements": agreements}
    return seen | {"key_id": key.kid, "public_key": PublicKey.of(key)}


def _awake(node: DataNode) -> tuple[bool, str, str]:
    if node.spec.hibernated:
        return False, "Hibernated", "It sleeps: set spec.hibernated to false to wake it."
    return True, "Served", "The embedded network serves it."


def _note(store: ResourceStore, manifest: M, ready: bool, reason: str, message: str, **seen: object) -> M:
    generation = manifest.metadata.generation or 0
    if not isinstance(manifest, DataSharingAgreement) and not _is_known(manifest, reason):
        record_event(store, manifest, reason, message, EventType.NORMAL)
    condition = Condition(
        type="Ready",
        status=ConditionStatus.TRUE if ready else ConditionStatus.FALSE,
        reason=reason,
        message=message,
        last_transition_time=datetime.now(UTC),
        observed_generation=generation,
    )
    status: Status = manifest.status.with_condition(condition)
    return store.update_status(manifest, status.model_copy(update={"observed_generation": generation, **seen}))


def _is_known(manifest: Manifest, reason: str) -> bool:
    """Whether the resource is in that state already."""
    return any(known.type == "Ready" and known.reason == reason for known in manifest.status.conditions)
