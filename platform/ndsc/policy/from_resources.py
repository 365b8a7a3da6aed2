"""Resources as what rules read: agreements in force as terms, a node's own policy as its force's rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from ndsc.policy.agreements import AgreementTerms
from ndsc.policy.decider import Duty, Mask
from ndsc.policy.force_rules import ForceRules
from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.datanode import NodePolicy
from ndsc.resources.force import clearance_of
from ndsc.resources.signing import PartyKeys, in_force
from ndsc.resources.succession import NOBODY, Successors, keys_of_parties, stand_ins


def terms_in_force(
    agreements: Iterable[DataSharingAgreement], today: date, keys: PartyKeys, successors: Successors = NOBODY
) -> list[AgreementTerms]:
    """The terms of the agreements that open something today: unsigned, suspended and expired ones open nothing.

    A party that was merged is read as its successor, where the agreement is carried over: its officers are those of
    the successor now, and what it provided stays under its own code beside what the successor holds.
    """
    return [
        _terms(agreement, stand_ins(agreement, successors))
        for agreement in agreements
        if in_force(agreement, today, keys_of_parties(agreement, keys, successors))
    ]


def force_rules(policy: NodePolicy) -> ForceRules:
    """What a force decides for its own records, as its node's manifest says it."""
    return ForceRules(
        withheld_categories=tuple(category.value for category in policy.withheld_categories),
        silent_categories=tuple(category.value for category in policy.silent_categories),
        intelligence_roles=policy.intelligence_roles,
    )


def _terms(agreement: DataSharingAgreement, heirs: Mapping[str, str]) -> AgreementTerms:
    spec = agreement.spec
    conditions = spec.conditions
    return AgreementTerms(
        name=agreement.name,
        consumers=_once(heirs.get(code, code) for code in spec.consumers),
        providers=_once(one for code in spec.providers for one in (code, heirs.get(code, code))),
        purposes=spec.purposes,
        categories=tuple(category.value for category in spec.categories),
        starts_on=spec.starts_on,
        ends_on=spec.ends_on,
        roles=conditions.roles,
        clearance=int(clearance_of(conditions.minimum_clearance)),
        highest_tier=spec.ceiling.tier.rank,
        sensitive=spec.ceiling.sensitive,
        handling_conditions=spec.ceiling.handling_conditions,
        excluded_subjects=conditions.excluded_subjects,
        masks=tuple(Mask(field=mask.field, treatment=mask.treatment) for mask in conditions.masks),
        duties=tuple(Duty(name=duty.name, sentence=duty.sentence, days=duty.days) for duty in conditions.duties),
        delete_after_days=spec.retention.delete_after_days,
    )


def _once(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))
