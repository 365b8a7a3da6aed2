"""Signs agreements for their parties on this machine, and compiles those in force to the terms that rules read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from ndsc.policy.agreements import AgreementTerms
from ndsc.policy.decider import Duty, Mask
from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.force import clearance_of
from ndsc.resources.signing import PartyKeys, in_force, sign, unsigned, with_signature
from ndsc.trust.keys import SigningKey


def signed(
    agreement: DataSharingAgreement, forces: Iterable[str], key_of: Callable[[str], SigningKey], keys: PartyKeys
) -> DataSharingAgreement:
    """The agreement with the signatures of these parties, where they are still missing.

    Only here, where one person plays all the parties, does applying an agreement sign it.
    """
    missing = set(unsigned(agreement, keys))
    for force in forces:
        if force in missing:
            agreement = with_signature(agreement, sign(agreement, force, key_of(force)))
    return agreement


def terms_in_force(agreements: Iterable[DataSharingAgreement], today: date, keys: PartyKeys) -> list[AgreementTerms]:
    """The terms of the agreements that open something today: unsigned, suspended and expired ones open nothing."""
    return [_terms(agreement) for agreement in agreements if in_force(agreement, today, keys)]


def _terms(agreement: DataSharingAgreement) -> AgreementTerms:
    spec = agreement.spec
    conditions = spec.conditions
    return AgreementTerms(
        name=agreement.name,
        consumers=spec.consumers,
        providers=spec.providers,
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
