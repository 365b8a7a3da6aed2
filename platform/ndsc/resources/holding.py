"""What holds a force: the agreements that bind it, before whose end it is not deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from ndsc.resources.agreement import AgreementState, DataSharingAgreement, OnMerge
from ndsc.resources.force import Force
from ndsc.resources.succession import Successors, heir, successors

STANDS = MappingProxyType({AgreementState.FINALIZED: "in force", AgreementState.SUSPENDED: "suspended"})
"""How an agreement stands that binds its parties."""
MOST_HOLDERS = 100
"""Agreements that a Force names as what holds it."""


@dataclass(frozen=True, slots=True)
class Bond:
    """An agreement, as far as it says whom it binds."""

    name: str
    parties: Collection[str]
    state: AgreementState | str
    ends_on: date
    ended: bool
    """Whether a party terminated it."""
    carries_over: bool
    """Whether it binds the successor of a party that was merged."""

    @classmethod
    def of(cls, agreement: DataSharingAgreement) -> Bond:
        """That of an agreement that was read whole."""
        spec = agreement.spec
        carries_over = spec.on_merge is OnMerge.CARRY_OVER
        return cls(
            agreement.name,
            spec.forces,
            agreement.status.state,
            spec.ends_on,
            bool(spec.terminated_by),
            carries_over,
        )


@dataclass(frozen=True, slots=True)
class Merging:
    """What is to be known of mergers to say whom an agreement binds."""

    successors: Successors
    """By the code of a force that is gone, the one that stands for it."""
    heir: str | None
    """Who takes the force's agreements over when it is deleted, where another names it as its predecessor."""

    @classmethod
    def of(cls, force: str, forces: Sequence[Force]) -> Merging:
        """Of a force among all that there are."""
        return cls(successors(forces), heir(force, forces))


def holders(force: str, bonds: Iterable[Bond], merging: Merging, today: date) -> list[str]:
    """Names of the agreements that hold a force: in force, or suspended within their term, and not passing to an heir.

    By its successor they hold whom they bind in the place of a party that was merged.
    """
    return [bond.name for bond in bonds if _stands(bond, today) and _binds(bond, force, merging)]


def _stands(bond: Bond, today: date) -> bool:
    return bond.state in STANDS and bond.ends_on >= today and not bond.ended


def _binds(bond: Bond, force: str, merging: Merging) -> bool:
    if not bond.carries_over:
        return force in bond.parties
    if merging.heir is not None and force in bond.parties:
        return False
    return force in {merging.successors.get(party, party) for party in bond.parties}
