"""What holds a force: the agreements that bind it, before whose end it is not deleted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from types import MappingProxyType

from ndsc.resources.agreement import AgreementState, DataSharingAgreement

STANDS = MappingProxyType({AgreementState.FINALIZED: "in force", AgreementState.SUSPENDED: "suspended"})
"""How an agreement stands that binds its parties."""
MOST_HOLDERS = 100
"""Agreements that a Force names as what holds it."""


def is_bound(force: str, agreement: DataSharingAgreement, today: date) -> bool:
    """Whether an agreement binds a force: in force, or suspended within its term."""
    spec = agreement.spec
    return binds(force, spec.forces, agreement.status.state, spec.ends_on, bool(spec.terminated_by), today)


def binds(
    force: str, parties: Collection[str], state: AgreementState | str, ends_on: date, ended: bool, today: date
) -> bool:
    """The same of its parts, for who has many agreements and reads none of them whole."""
    return force in parties and state in STANDS and ends_on >= today and not ended
