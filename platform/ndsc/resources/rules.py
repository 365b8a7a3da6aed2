"""Rules about more than one field, said once: as CEL for the API server, as a predicate here, with the same words.

Paths and expressions are relative to the resource, as in ``x-kubernetes-validations``: ``self`` is what stands at
``path``, and ``oldSelf`` the same before a change. A rule with ``oldSelf`` is about a change and asked on updates only.
Predicates may assume that every field by itself is valid, as CEL may.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ndsc.trust.keys import SMALL_ORDER

if TYPE_CHECKING:
    from ndsc.resources.agreement import DataSharingAgreement
    from ndsc.resources.base import Manifest
    from ndsc.resources.datanode import DataNode
    from ndsc.resources.force import Force


@dataclass(frozen=True, slots=True)
class Rule:
    """``holds(new, old)`` answers for the whole manifests; ``old`` is the same as ``new`` unless ``on_change``."""

    path: str
    cel: str
    message: str
    holds: Callable[[Any, Any], bool]

    @property
    def on_change(self) -> bool:
        """Whether it judges a change rather than a state."""
        return "oldSelf" in self.cel


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that does not hold."""

    path: str
    message: str


def broken(new: Manifest, old: Manifest | None = None) -> list[Broken]:
    """The rules that ``new`` breaks: those of a state, or, given what was there before, those of a change."""
    rules = RULES.get(new.kind, ())
    return [
        Broken(rule.path, rule.message)
        for rule in rules
        if rule.on_change == (old is not None) and not rule.holds(new, new if old is None else old)
    ]


def _force_named_by_code(force: Force, _: Force) -> bool:
    return force.metadata.name == force.spec.code


def _force_code_kept(force: Force, old: Force) -> bool:
    return force.spec.code == old.spec.code


def _not_own_successor(force: Force, _: Force) -> bool:
    return force.spec.code not in force.spec.successor_of


def _successors_distinct(force: Force, _: Force) -> bool:
    return len(set(force.spec.successor_of)) == len(force.spec.successor_of)


def _provider_keys(force: Force) -> list[str]:
    return [key.x for key in force.spec.officer_keys]


def _provider_keys_distinct(force: Force, _: Force) -> bool:
    keys = _provider_keys(force)
    return len(set(keys)) == len(keys)


def _provider_keys_bind(force: Force, _: Force) -> bool:
    return not set(_provider_keys(force)) & set(SMALL_ORDER)


def _node_force_kept(node: DataNode, old: DataNode) -> bool:
    return node.spec.force == old.spec.force


def _replicas_in_order(node: DataNode, _: DataNode) -> bool:
    return node.spec.replicas.min <= node.spec.replicas.max


def _external_has_secret(node: DataNode, _: DataNode) -> bool:
    return (node.spec.database.mode == "external") == (node.spec.database.url_secret_ref is not None)


def _connectors_distinct(node: DataNode, _: DataNode) -> bool:
    names = [connector.name for connector in node.spec.connectors]
    return len(set(names)) == len(names)


def _index_rules_say_what(node: DataNode, _: DataNode) -> bool:
    return all(rule.kind is not None or rule.category is not None for rule in node.spec.index.rules)


def _parties_distinct(agreement: DataSharingAgreement, _: DataSharingAgreement) -> bool:
    return len(set(agreement.spec.forces)) == len(agreement.spec.forces)


def _somebody_provides(agreement: DataSharingAgreement, _: DataSharingAgreement) -> bool:
    return bool(agreement.spec.providers)


def _somebody_consumes(agreement: DataSharingAgreement, _: DataSharingAgreement) -> bool:
    return bool(agreement.spec.consumers)


def _ends_after_start(agreement: DataSharingAgreement, _: DataSharingAgreement) -> bool:
    return agreement.spec.starts_on <= agreement.spec.ends_on


def _reviewed_in_time(agreement: DataSharingAgreement, _: DataSharingAgreement) -> bool:
    return agreement.spec.starts_on <= agreement.spec.review_on <= agreement.spec.ends_on


def _sensitive_inside_official(agreement: DataSharingAgreement, _: DataSharingAgreement) -> bool:
    return agreement.spec.ceiling.tier == "OFFICIAL" or not agreement.spec.ceiling.sensitive


def _suspended_by_parties(agreement: DataSharingAgreement, _: DataSharingAgreement) -> bool:
    return set(agreement.spec.suspended_by) <= set(agreement.spec.forces)


def _terminated_by_parties(agreement: DataSharingAgreement, _: DataSharingAgreement) -> bool:
    return set(agreement.spec.terminated_by) <= set(agreement.spec.forces)


def _stays_terminated(agreement: DataSharingAgreement, old: DataSharingAgreement) -> bool:
    return set(old.spec.terminated_by) <= set(agreement.spec.terminated_by)


def _terms_kept_once_terminated(agreement: DataSharingAgreement, old: DataSharingAgreement) -> bool:
    return not old.spec.terminated_by or agreement.spec.terms() == old.spec.terms()


_TERMS_CEL = (
    "size(oldSelf.terminatedBy) == 0 || (self.parties == oldSelf.parties && self.legalBasis == oldSelf.legalBasis"
    " && self.purposes == oldSelf.purposes && self.categories == oldSelf.categories && self.ceiling == oldSelf.ceiling"
    " && self.conditions == oldSelf.conditions && self.retention == oldSelf.retention"
    " && self.startsOn == oldSelf.startsOn && self.endsOn == oldSelf.endsOn && self.reviewOn == oldSelf.reviewOn"
    " && self.dpia == oldSelf.dpia && self.onMerge == oldSelf.onMerge && self.title == oldSelf.title)"
)

RULES: dict[str, tuple[Rule, ...]] = {
    "Force": (
        Rule(
            "",
            "self.metadata.name == self.spec.code",
            "a force is named by its code: metadata.name and spec.code must be the same",
            _force_named_by_code,
        ),
        Rule(
            "spec.code",
            "self == oldSelf",
            "a force's code cannot be changed: rename it by spec.name, or make a successor with spec.successorOf",
            _force_code_kept,
        ),
        Rule(
            "spec",
            "!self.successorOf.exists(code, code == self.code)",
            "a force cannot be its own successor",
            _not_own_successor,
        ),
        Rule(
            "spec.successorOf",
            "self.all(code, self.exists_one(other, other == code))",
            "each force is named once in successorOf",
            _successors_distinct,
        ),
        Rule(
            "spec.identityProvider.keys",
            "self.all(key, self.exists_one(other, other.x == key.x))",
            "each key of an identity provider is named once",
            _provider_keys_distinct,
        ),
        Rule(
            "spec.identityProvider.keys",
            f"self.all(key, !(key.x in [{', '.join(repr(x) for x in SMALL_ORDER)}]))",
            "an identity provider's key is a point of small order: any signature would fit it",
            _provider_keys_bind,
        ),
    ),
    "DataNode": (
        Rule(
            "spec.force",
            "self == oldSelf",
            "a data node cannot be given to another force: make a new one and move the records",
            _node_force_kept,
        ),
        Rule(
            "spec.replicas", "self.min <= self.max", "replicas.min must not be above replicas.max", _replicas_in_order
        ),
        Rule(
            "spec.database",
            "(self.mode == 'external') == has(self.urlSecretRef)",
            "an external database needs urlSecretRef, and only an external one has it",
            _external_has_secret,
        ),
        Rule(
            "spec.connectors",
            "self.all(one, self.exists_one(other, other.name == one.name))",
            "each connector is named once",
            _connectors_distinct,
        ),
        Rule(
            "spec.index.rules",
            "self.all(rule, has(rule.kind) || has(rule.category))",
            "an index rule names a kind, a category, or both",
            _index_rules_say_what,
        ),
    ),
    "DataSharingAgreement": (
        Rule(
            "spec.parties",
            "self.all(one, self.exists_one(other, other.force == one.force))",
            "each force is a party once",
            _parties_distinct,
        ),
        Rule(
            "spec.parties",
            "self.exists(party, party.role != 'consumer')",
            "no party provides: one at least must have the role provider or both",
            _somebody_provides,
        ),
        Rule(
            "spec.parties",
            "self.exists(party, party.role != 'provider')",
            "no party consumes: one at least must have the role consumer or both",
            _somebody_consumes,
        ),
        Rule("spec", "self.startsOn <= self.endsOn", "endsOn must not be before startsOn", _ends_after_start),
        Rule(
            "spec",
            "self.startsOn <= self.reviewOn && self.reviewOn <= self.endsOn",
            "reviewOn must lie between startsOn and endsOn",
            _reviewed_in_time,
        ),
        Rule(
            "spec.ceiling",
            "self.tier == 'OFFICIAL' || !self.sensitive",
            "-SENSITIVE is a marking inside OFFICIAL: leave sensitive out above it",
            _sensitive_inside_official,
        ),
        Rule(
            "spec",
            "self.suspendedBy.all(force, self.parties.exists(party, party.force == force))",
            "only a party can suspend: suspendedBy must name parties",
            _suspended_by_parties,
        ),
        Rule(
            "spec",
            "self.terminatedBy.all(force, self.parties.exists(party, party.force == force))",
            "only a party can terminate: terminatedBy must name parties",
            _terminated_by_parties,
        ),
        Rule(
            "spec.terminatedBy",
            "oldSelf.all(force, force in self)",
            "a terminated agreement stays terminated: make a new one under another name",
            _stays_terminated,
        ),
        Rule(
            "spec",
            _TERMS_CEL,
            "the terms of a terminated agreement cannot be changed: make a new one under another name",
            _terms_kept_once_terminated,
        ),
    ),
}
"""By kind, in the order in which they are reported."""
