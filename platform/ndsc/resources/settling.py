"""What becomes of an agreement now: who signs it, which state it comes to, and what there is to say of it.

Pure, so that the embedded network and the operator of a cluster carry an agreement on alike: they differ only in where
the keys come from and where the status is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.base import Condition, ConditionStatus
from ndsc.resources.force import Force
from ndsc.resources.limits import objections
from ndsc.resources.signing import PartyKeys, in_force, settled, sign, unsigned, with_signature
from ndsc.trust.keys import SigningKey


@dataclass(frozen=True, slots=True)
class Settlement:
    """An agreement brought up to a day, with its signatures, state and history; conditions are not yet written."""

    agreement: DataSharingAgreement
    changed: bool
    """Whether it came to another state."""
    objections: tuple[str, ...]
    """One sentence for each limit of a party that kept that party from signing."""
    ready: bool
    """Whether it is in force."""
    reason: str
    message: str

    def condition(self, at: datetime | None = None) -> Condition:
        """The ``Ready`` condition that tells it."""
        return Condition(
            type="Ready",
            status=ConditionStatus.TRUE if self.ready else ConditionStatus.FALSE,
            reason=self.reason,
            message=self.message,
            last_transition_time=at or datetime.now(UTC),
            observed_generation=self.agreement.metadata.generation or 0,
        )


def settlement(
    agreement: DataSharingAgreement,
    forces: Mapping[str, Force],
    key_of: Callable[[str], SigningKey],
    keys: PartyKeys,
    today: date,
) -> Settlement:
    """Sign for the parties that have joined and do not object, and bring the state up to today.

    ``forces`` are those that have joined, by code; ``key_of`` is asked only for a party that signs now.
    """
    objecting = {
        code: sentences
        for code in agreement.spec.forces
        if code in forces and (sentences := objections(agreement, forces[code]))
    }
    willing = [code for code in agreement.spec.forces if code in forces and code not in objecting]
    now = settled(signed(agreement, willing, key_of, keys), today, keys)
    ready = in_force(now, today, keys)
    reason, message = _said(now, keys, ready=ready)
    return Settlement(
        agreement=now,
        changed=now.status.state is not agreement.status.state,
        objections=tuple(sentence for sentences in objecting.values() for sentence in sentences),
        ready=ready,
        reason=reason,
        message=message,
    )


def signed(
    agreement: DataSharingAgreement, forces: Iterable[str], key_of: Callable[[str], SigningKey], keys: PartyKeys
) -> DataSharingAgreement:
    """The agreement with the signatures of these parties, where they are still missing."""
    missing = set(unsigned(agreement, keys))
    for force in forces:
        if force in missing:
            agreement = with_signature(agreement, sign(agreement, force, key_of(force)))
    return agreement


def _said(agreement: DataSharingAgreement, keys: PartyKeys, *, ready: bool) -> tuple[str, str]:
    if ready:
        return "InForce", "All parties have signed, and its term runs."
    missing = unsigned(agreement, keys)
    if missing:
        return "Unsigned", f"Not signed by {', '.join(missing)}: it opens nothing."
    return "NotInForce", f"It is {agreement.status.state}."
