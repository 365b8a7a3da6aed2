"""Signs agreements for the forces of this platform that do not object, and keeps their state to the day's date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from ndsc.errors import NdscError
from ndsc.resources.agreement import DataSharingAgreement, OnMerge
from ndsc.resources.base import API_VERSION, Condition, ConditionStatus
from ndsc.resources.force import Force
from ndsc.resources.holding import Bond
from ndsc.resources.settling import Settlement, settlement
from ndsc.resources.signing import PartyKeys, unsigned
from ndsc.resources.succession import NOBODY, Successors, acting_for, stand_ins, successors
from ndsc.resources.validation import parse_manifest
from ndsc.trust.errors import BadKeyError
from ndsc.trust.keys import SigningKey, VerifyKey
from ndsc_operator import conditions, events, signing
from ndsc_operator.api import Api
from ndsc_operator.applying import Unwell, explained
from ndsc_operator.children.common import Object
from ndsc_operator.merging import forces_there, read_force
from ndsc_operator.queue import Again, PermanentError
from ndsc_operator.refs import Ref
from ndsc_operator.settings import Settings

RESYNC_SECONDS = 600.0


@dataclass(slots=True)
class Agreements:
    """Reconciles agreements."""

    api: Api
    settings: Settings
    wake: Callable[[str], None]
    """Wakes a force, which counts its agreements."""
    _parties: dict[str, frozenset[str]] = field(default_factory=dict)
    _objected: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def heard(self, name: str, parties: frozenset[str]) -> None:
        """An agreement is there, between these."""
        self._parties[name] = parties

    def forget(self, name: str) -> None:
        """It is gone: its parties count anew."""
        self._objected.pop(name, None)
        for party in self._parties.pop(name, ()):
            self.wake(party)

    def of_party(self, code: str) -> tuple[str, ...]:
        """Names of the agreements that a force is a party to."""
        return tuple(name for name, parties in self._parties.items() if code in parties)

    async def reconcile(self, name: str) -> Again | None:
        """One round for an agreement. Raises PermanentError, or what is worth another attempt."""
        try:
            with explained(f"DataSharingAgreement/{name}"):
                found = await self.api.get(Ref(API_VERSION, "DataSharingAgreement", "", name))
            if found is None or found["metadata"].get("deletionTimestamp"):
                return None
            await self._settle(found, _parsed(found))
        except Unwell as unwell:
            raise unwell.error() from None
        return Again(min(until_tomorrow(datetime.now(UTC)), RESYNC_SECONDS))

    async def _settle(self, found: Object, agreement: DataSharingAgreement) -> None:
        with explained("Forces"):
            there = [await self.api.get(Ref(API_VERSION, "Force", "", code)) for code in agreement.spec.forces]
        forces = joined([read_force(one) for one in there if one is not None])
        heirs = await self._heirs(agreement, forces)
        forces |= joined(list(heirs.values()))
        keys = public_keys(forces)
        homes = {party: heir.name for party, heir in heirs.items()}
        pens = await self._pens(agreement, forces, keys, homes)
        # Who has no pen here signs nothing: its key is being made, or is not the one that the network knows.
        unable = set(unsigned(agreement, keys)) - pens.keys()
        willing = {code: force for code, force in forces.items() if code not in unable}
        its = settlement(agreement, willing, pens.__getitem__, keys, datetime.now(UTC).date())
        await self._report(found, agreement, its)

    async def _heirs(self, agreement: DataSharingAgreement, forces: Mapping[str, Force]) -> dict[str, Force]:
        """Who is bound in the place of a party that was merged, each under that party's code."""
        if agreement.spec.on_merge is not OnMerge.CARRY_OVER or forces.keys() >= set(agreement.spec.forces):
            return {}
        with explained("Forces"):
            there = {one.spec.code: one for one in await forces_there(self.api)}
        found = stand_ins(agreement, successors(there.values()))
        return {party: acting_for(there[heir], party) for party, heir in found.items()}

    async def _pens(
        self, agreement: DataSharingAgreement, forces: Mapping[str, Force], keys: PartyKeys, homes: Mapping[str, str]
    ) -> dict[str, SigningKey]:
        """The private keys of those who have not signed, read only now; ``homes`` is whose key it is, if another's."""
        found = {}
        for code in unsigned(agreement, keys):
            if code in forces:
                with explained(f"Secret {signing.SECRET} of {homes.get(code, code)}"):
                    there = await self.api.get(signing.ref(homes.get(code, code)))
                key = _usable(there)
                if key is not None and key.public in keys[code]:
                    found[code] = key
        return found

    async def _report(self, found: Object, before: DataSharingAgreement, its: Settlement) -> None:
        generation = found["metadata"].get("generation", 0)
        after = its.agreement.status.with_condition(its.condition(datetime.now(UTC).replace(microsecond=0)))
        after = after.model_copy(update={"observed_generation": generation})
        if after != before.status:
            await self.api.set_status(found, conditions.plain(after))
        if its.changed:
            state = its.agreement.status.state
            await self._say(found, state.capitalize(), f"The agreement is now {state}.")
        if before.status.is_true("Ready") is not its.ready or its.changed:
            for code in before.spec.forces:
                self.wake(code)
        if its.objections and self._objected.get(before.name) != its.objections:
            await self._say(found, conditions.NOT_SIGNED.name, " ".join(its.objections))
        self._objected[before.name] = its.objections

    async def _say(self, found: Object, reason: str, message: str) -> None:
        condition = Condition(
            type="Ready",
            status=ConditionStatus.UNKNOWN,
            reason=reason,
            message=message,
            last_transition_time=datetime.now(UTC),
        )
        await events.say(self.api, found, condition, self.settings.identity)


def joined(forces: list[Force | None]) -> dict[str, Force]:
    """Those that take part, by code: their keys are known."""
    return {force.spec.code: force for force in forces if force is not None and force.status.public_key is not None}


def public_keys(forces: Mapping[str, Force]) -> PartyKeys:
    """What each force's signatures are verified by: what its status says, as the whole network reads it."""
    found: dict[str, tuple[VerifyKey, ...]] = {}
    for code, force in forces.items():
        assert force.status.public_key is not None
        try:
            found[code] = (force.status.public_key.verify_key(),)
        except BadKeyError:
            found[code] = ()
    return found


def in_force_of(code: str, agreements: list[Object], merged: Successors = NOBODY) -> int:
    """How many agreements that are in force a force is a party to, or bound by in the place of one that was merged."""
    return sum(
        code in _bound(one, merged)
        and any(
            its["type"] == "Ready" and its["status"] == "True" for its in one.get("status", {}).get("conditions", ())
        )
        for one in agreements
    )


def _bound(agreement: Object, merged: Successors) -> set[str]:
    parties = {party.get("force", "") for party in agreement["spec"].get("parties", ())}
    if agreement["spec"].get("onMerge") != OnMerge.CARRY_OVER:
        return parties
    return {merged.get(party, party) for party in parties}


def bonds_of(agreements: list[Object]) -> list[Bond]:
    """Whom each agreement binds, without reading it whole."""
    return [
        Bond(
            name=one["metadata"]["name"],
            parties=[party.get("force") for party in one["spec"].get("parties", ())],
            state=one.get("status", {}).get("state", ""),
            ends_on=date.fromisoformat(one["spec"].get("endsOn", "0001-01-01")),
            ended=bool(one["spec"].get("terminatedBy")),
            carries_over=one["spec"].get("onMerge") == OnMerge.CARRY_OVER,
        )
        for one in agreements
    ]


def until_tomorrow(now: datetime) -> float:
    """Seconds until the next day begins by UTC, and a moment more: the date that agreements are judged by."""
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    return (midnight - now).total_seconds() + 0.5


def _usable(there: Object | None) -> SigningKey | None:
    try:
        return signing.read(there or {})
    except Unwell:
        return None  # its Force says so


def _parsed(found: Object) -> DataSharingAgreement:
    """The agreement of an object. Raises PermanentError for one of a definition older or newer than this operator."""
    try:
        manifest = parse_manifest(found)
    except NdscError as error:
        raise PermanentError(str(error)) from None
    assert isinstance(manifest, DataSharingAgreement)
    return manifest
