"""Brings a force's tenancy to what the Force says."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from ndsc.errors import NdscError
from ndsc.resources.base import API_VERSION
from ndsc.resources.force import Force
from ndsc.resources.holding import MOST_HOLDERS, Bond, Merging, holders
from ndsc.resources.jwk import PublicKey
from ndsc.resources.succession import disputed
from ndsc.resources.validation import parse_manifest
from ndsc_operator import conditions, events, signing, volumes
from ndsc_operator.agreements import bonds_of, in_force_of
from ndsc_operator.api import Api
from ndsc_operator.applying import Unwell, apply, explained, prune
from ndsc_operator.children.common import FORCE_LABEL, Object, namespace_of
from ndsc_operator.conditions import Verdict
from ndsc_operator.judging import condition as _judged
from ndsc_operator.judging import is_fresh
from ndsc_operator.kinds import NAMESPACE, TENANCY_KINDS
from ndsc_operator.merging import forces_there, stand_in
from ndsc_operator.plan import RIGHTS, force_steps
from ndsc_operator.queue import Again, PermanentError
from ndsc_operator.refs import Ref
from ndsc_operator.seen import Whose
from ndsc_operator.settings import Settings

RESYNC_SECONDS = 600.0
_GRANTING_SECONDS = 0.3
_LEAVING_SECONDS = 2.0
_STANDS = Verdict(conditions.AVAILABLE, "The tenancy stands.")
_WAITING = frozenset({conditions.FORCE_MISSING.name, conditions.FORCE_NOT_READY.name})


@dataclass(frozen=True, slots=True)
class Forces:
    """Reconciles forces."""

    api: Api
    settings: Settings
    wake: Callable[[Ref], None]
    """Wakes a data node, which may have waited for its force."""
    wake_force: Callable[[str], None]
    """Wakes a force, which stands for another that was woken."""

    async def reconcile(self, name: str) -> Again | None:
        """One round for a force. Raises PermanentError, or what is worth another attempt."""
        there = await self.api.get(Ref(*NAMESPACE, "", namespace_of(name)))
        going = there is not None and is_ours(there, name) and is_going(there)
        if going:
            await volumes.leave(self.api, namespace_of(name))
        found = await self.api.get(Ref(API_VERSION, "Force", "", name))
        if found is None or found["metadata"].get("deletionTimestamp"):
            return Again(_LEAVING_SECONDS) if going else await self._merged(name, there)
        force = parsed(found)
        try:
            _needs_namespace(force, there)
            await self._tenancy(force)
            key = await signing.kept(self.api, force)
            nodes, agreements = await self._nodes(force.spec.code), await self._agreements()
            bonds = bonds_of(agreements)
            merging, verdict = await self._merging(force, bonds)
        except Unwell as unwell:
            await self._report(found, force, Verdict(unwell.reason, str(unwell)))
            raise unwell.error() from None
        self._wake_waiting(nodes, changed=force.status.observed_generation != found["metadata"].get("generation"))
        held = holders(force.spec.code, bonds, merging, datetime.now(UTC).date())
        seen = {
            "nodes": len(nodes),
            "ready_nodes": sum(_judged(one, "Ready").get("status") == "True" for one in nodes),
            "agreements": in_force_of(force.spec.code, agreements, merging.successors),
            "held_by": tuple(sorted(held)[:MOST_HOLDERS]),
            "key_id": key.kid,
            "public_key": PublicKey.of(key.public),
        }
        await self._report(found, force, verdict, **seen)
        return Again(RESYNC_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311  # spreads load

    async def _merged(self, code: str, there: Object | None) -> Again | None:
        """A force that is gone: what it had stays, and is kept as it is meant to be where a successor stands for it."""
        try:
            with explained("Forces"):
                force = await stand_in(self.api, code)
            nodes = await self._nodes(code)
            self._wake_waiting(nodes, changed=force is None)  # without any, its nodes must notice
            if force is None:
                return None
            _needs_namespace(force, there)
            await self._tenancy(force)
            self.wake_force(force.name)  # what the other is party to binds this one
        except Unwell as unwell:
            raise unwell.error() from None
        return Again(RESYNC_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311  # spreads load

    async def _merging(self, force: Force, bonds: list[Bond]) -> tuple[Merging, Verdict]:
        """Mergers, as far as they are about this force; and what there is to say of it."""
        inherited = any(bond.carries_over and force.spec.code in bond.parties for bond in bonds)
        if not (force.spec.successor_of or inherited):
            return Merging({}, None), _STANDS
        with explained("Forces"):
            there = await forces_there(self.api)
        claims = disputed(force, there)
        said = ", ".join(f"{old} by {other}" for old, other in sorted(claims.items()))
        disputes = Verdict(conditions.SUCCESSION_DISPUTED, f"Also claimed: {said}.")
        return Merging.of(force.spec.code, there), disputes if claims else _STANDS

    def _wake_waiting(self, nodes: list[Object], *, changed: bool = False) -> None:
        """The data nodes that waited for it; all of them where it says something new, such as what is to be kept."""
        for node in nodes:
            if changed or _judged(node, "Ready").get("reason") in _WAITING:
                self.wake(Ref.of(node))

    async def _nodes(self, code: str) -> list[Object]:
        """The data nodes that name it, wherever they lie."""
        with explained("DataNodes"):
            return await self.api.list(API_VERSION, "DataNode", fields=f"spec.force={code}")

    async def _agreements(self) -> list[Object]:
        with explained("DataSharingAgreements"):
            return await self.api.list(API_VERSION, "DataSharingAgreement")

    async def _tenancy(self, force: Force) -> None:
        steps = list(force_steps(force, self.settings))
        for step in steps:
            applied = await apply(self.api, step)
            if step.name == RIGHTS and any(map(is_fresh, applied.values())):
                await asyncio.sleep(_GRANTING_SECONDS)
        wanted = [child for step in steps for child in step.children]
        await prune(
            self.api, TENANCY_KINDS, wanted, namespace=namespace_of(force.spec.code), whose=Whose(force.spec.code)
        )

    async def _report(self, found: Object, force: Force, verdict: Verdict, **seen: object) -> None:
        before = force.status
        namespace = namespace_of(force.spec.code) if verdict.reason is not conditions.NAMESPACE_TAKEN else None
        after = before.model_copy(update={"namespace": namespace, **seen})
        after = conditions.with_verdict(after, verdict, found["metadata"].get("generation", 0))
        if after != before:
            await self.api.set_status(found, conditions.plain(after))
            await events.tell(self.api, found, before, after, self.settings.identity)


def is_ours(namespace: Object, code: str) -> bool:
    """Whether a namespace is that of a force."""
    return bool(namespace["metadata"].get("labels", {}).get(FORCE_LABEL) == code)


def is_going(one: Object) -> bool:
    """Whether it is being deleted."""
    return bool(one["metadata"].get("deletionTimestamp"))


def _needs_namespace(force: Force, there: Object | None) -> None:
    """Raises Unwell where its name is another's, or not free yet."""
    name = namespace_of(force.spec.code)
    if there is not None and not is_ours(there, force.spec.code):
        raise Unwell(conditions.NAMESPACE_TAKEN, f"Namespace {name} was not made by this operator.", permanent=True)
    if there is not None and is_going(there):
        raise Unwell(conditions.NOT_DONE, f"Namespace {name} is being deleted; it is made again.", permanent=False)


def parsed(found: Object) -> Force:
    """The force of an object. Raises PermanentError for one of a definition older or newer than this operator."""
    try:
        manifest = parse_manifest(found)
    except NdscError as error:
        raise PermanentError(str(error)) from None
    assert isinstance(manifest, Force)
    return manifest
