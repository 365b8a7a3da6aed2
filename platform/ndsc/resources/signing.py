"""What a party signs, how that is checked, and whether an agreement opens anything today.

A party signs the SHA-256 digest of the agreement's terms in RFC 8785's canonical JSON: the name, and the whole spec
with every default written out, without ``suspendedBy`` and ``terminatedBy`` (a party must be able to close an agreement
without new signatures from all). Status, labels and annotations are not covered. The terms hold text, whole numbers
and booleans only, for which sorted keys and no white space are all of RFC 8785 (section 3.2); keys are ASCII, so
sorting by code point is its order by UTF-16 units.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime

from ndsc.errors import NdscError
from ndsc.resources.agreement import (
    AgreementState,
    DataSharingAgreement,
    DataSharingAgreementStatus,
    Signature,
    StateChange,
)
from ndsc.resources.base import API_VERSION
from ndsc.resources.errors import NotAPartyError
from ndsc.resources.lifecycle import Facts, settle
from ndsc.trust.keys import SigningKey, VerifyKey

PartyKeys = Mapping[str, Collection[VerifyKey]]
"""The keys that each force's signatures may be verified by; more than one while a key is being replaced."""

_DOMAIN = b"ndsc.police.uk/agreement/v1\x00"
_MAX_HISTORY = 100
_CLOSED = frozenset({AgreementState.TERMINATED, AgreementState.EXPIRED})
"""States that the dates alone do not lead out of: a clock that is set back opens nothing again."""


def canonical(agreement: DataSharingAgreement) -> bytes:
    """The bytes that the digest is of."""
    terms = {"apiVersion": API_VERSION, "name": agreement.metadata.name, "spec": agreement.spec.terms()}
    text = json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def digest(agreement: DataSharingAgreement) -> str:
    """``sha256:`` and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(canonical(agreement)).hexdigest()}"


def sign(agreement: DataSharingAgreement, force: str, key: SigningKey, at: datetime | None = None) -> Signature:
    """A party's signature under the present terms. Raises :class:`NotAPartyError`."""
    if force not in agreement.spec.forces:
        raise NotAPartyError(
            f"{force} is not a party to {agreement.name}", hint=f"Parties: {', '.join(agreement.spec.forces)}."
        )
    present = digest(agreement)
    value = base64.urlsafe_b64encode(key.sign(_signed(force, present))).rstrip(b"=").decode("ascii")
    return Signature(force=force, key_id=key.kid, digest=present, signature=value, signed_at=at or datetime.now(UTC))


def with_signature(agreement: DataSharingAgreement, signature: Signature) -> DataSharingAgreement:
    """The agreement with that signature in the place of the party's earlier one."""
    others = tuple(one for one in agreement.status.signatures if one.force != signature.force)
    status = agreement.status.model_copy(update={"signatures": (*others, signature)})
    return agreement.model_copy(update={"status": status})


def verified(agreement: DataSharingAgreement, signature: Signature, keys: PartyKeys) -> bool:
    """Whether it is a party's signature under the present terms, by a key that is that party's."""
    return signature.force in agreement.spec.forces and _fits(signature, digest(agreement), keys)


def unsigned(agreement: DataSharingAgreement, keys: PartyKeys) -> tuple[str, ...]:
    """The parties without a signature that verifies, in the order of the parties."""
    present = digest(agreement)
    signed = {one.force for one in agreement.status.signatures if _fits(one, present, keys)}
    return tuple(force for force in agreement.spec.forces if force not in signed)


def in_force(agreement: DataSharingAgreement, today: date, keys: PartyKeys) -> bool:
    """Whether it opens anything today.

    Looked at afresh: the state that the status claims can close an agreement but never open one. Both the first and
    the last day of the term count.
    """
    spec = agreement.spec
    return (
        spec.starts_on <= today <= spec.ends_on
        and not spec.suspended_by
        and not spec.terminated_by
        and agreement.status.state not in _CLOSED
        and not unsigned(agreement, keys)
    )


def facts(agreement: DataSharingAgreement, today: date, keys: PartyKeys) -> Facts:
    """What is so today, for the life cycle."""
    spec, status, present = agreement.spec, agreement.status, digest(agreement)
    signed = {one.force for one in status.signatures if one.digest == present} & set(spec.forces)
    return Facts(
        amended=status.digest is not None and status.digest != present,
        signed=len(signed),
        parties=len(spec.parties),
        verified=not unsigned(agreement, keys),
        started=spec.starts_on <= today,
        ended=today > spec.ends_on,
        suspended=bool(spec.suspended_by),
        terminated=bool(spec.terminated_by),
    )


def settled(
    agreement: DataSharingAgreement, today: date, keys: PartyKeys, at: datetime | None = None
) -> DataSharingAgreement:
    """The agreement with its state, digest and history brought up to today; the same object when nothing changed."""
    old = agreement.status
    state, steps = settle(old.state, facts(agreement, today, keys))
    moment = at or datetime.now(UTC)
    taken = tuple(StateChange(state=after, event=event.value, at=moment) for event, after in steps)
    parties = len(agreement.spec.parties)
    updates = {
        "state": state,
        "digest": digest(agreement),
        "signed": f"{parties - len(unsigned(agreement, keys))}/{parties}",
        "history": (*old.history, *taken)[-_MAX_HISTORY:],
    }
    new: DataSharingAgreementStatus = old.model_copy(update=updates)
    return agreement if new == old else agreement.model_copy(update={"status": new})


def _fits(signature: Signature, present: str, keys: PartyKeys) -> bool:
    if signature.digest != present:
        return False
    for key in keys.get(signature.force, ()):
        if key.kid == signature.key_id:
            try:
                key.verify(base64.urlsafe_b64decode(signature.signature + "=="), _signed(signature.force, present))
            except (NdscError, binascii.Error):
                continue
            return True
    return False


def _signed(force: str, present: str) -> bytes:
    """The message under the signature: it names its purpose and its signer, so that it can stand for nothing else."""
    return _DOMAIN + force.encode("ascii") + b"\x00" + present.encode("ascii")
