"""Brings the network to what its resources say: keys for every force, agreements signed, rules that know them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from ndsc.control.store import ResourceStore
from ndsc.embedded.agreements import signed_by_all, terms_in_force
from ndsc.embedded.identities import Identities
from ndsc.policy.embedded import RegopyDecider
from ndsc.policy.force_rules import ForceRules
from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.base import Condition, ConditionStatus, Manifest, Status
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force
from ndsc.resources.signing import PartyKeys
from ndsc.resources.validation import parse_manifest


def implied_manifests(force: str, name: str) -> list[Manifest]:
    """The resources of a force that nobody wrote a manifest for: all defaults."""
    label = {"ndsc.police.uk/implied": "true"}
    return [
        parse_manifest(
            {
                "apiVersion": "ndsc.police.uk/v1alpha1",
                "kind": kind,
                "metadata": {"name": force, "labels": label},
                "spec": spec,
            }
        )
        for kind, spec in (("Force", {"code": force, "name": name}), ("DataNode", {"force": force}))
    ]


def reconcile(store: ResourceStore, identities: Identities, decider: RegopyDecider) -> None:
    """Make keys, sign, compile, and write what was seen into each status."""
    today = datetime.now(UTC).date()
    forces, nodes = store.list(Force), store.list(DataNode)
    codes = {force.spec.code for force in forces} | {node.spec.force for node in nodes}
    keys = {code: (identities.join(code).public,) for code in sorted(codes)}
    agreements = [_signed(store, identities, keys, agreement, today) for agreement in store.list(DataSharingAgreement)]
    decider.update(terms_in_force(agreements, today, keys), {node.spec.force: _rules(node) for node in nodes})
    for node in nodes:
        _note_ready(store, node, policy_revision=decider.revision)
    for force in forces:
        code = force.spec.code
        in_force = sum(code in agreement.spec.forces for agreement in agreements)
        own = sum(node.spec.force == code for node in nodes)
        _note_ready(store, force, nodes=own, ready_nodes=own, agreements=in_force, key_id=keys[code][0].kid)


def _signed(
    store: ResourceStore, identities: Identities, keys: PartyKeys, agreement: DataSharingAgreement, today: date
) -> DataSharingAgreement:
    missing = [force for force in agreement.spec.forces if force not in keys]
    if missing:  # a party that has not joined cannot sign, so nothing is opened
        return agreement
    signed = signed_by_all(agreement, today, identities.join, keys)
    return store.update_status(signed, signed.status)


def _rules(node: DataNode) -> ForceRules:
    policy = node.spec.policy
    return ForceRules(
        withheld_categories=tuple(category.value for category in policy.withheld_categories),
        silent_categories=tuple(category.value for category in policy.silent_categories),
        intelligence_roles=policy.intelligence_roles,
    )


def _note_ready(store: ResourceStore, manifest: Force | DataNode, **seen: object) -> None:
    generation = manifest.metadata.generation or 0
    ready = Condition(
        type="Ready",
        status=ConditionStatus.TRUE,
        reason="Served",
        message="The embedded network serves it.",
        last_transition_time=datetime.now(UTC),
        observed_generation=generation,
    )
    status: Status = manifest.status.with_condition(ready)
    store.update_status(manifest, status.model_copy(update={"observed_generation": generation, **seen}))
