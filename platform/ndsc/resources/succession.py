"""Mergers: which force stands for a code whose own Force is gone, and under which agreements it does.

A force that is there stands for itself, whoever names it as a predecessor: a merger is complete when its Force is
deleted. A code that two forces claim is nobody's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ndsc.resources.agreement import DataSharingAgreement, OnMerge
from ndsc.resources.force import Force
from ndsc.resources.signing import PartyKeys

Successors = Mapping[str, str]
"""By the code of a force that was merged into another, the code of that other."""

NOBODY: Successors = {}


def successors(forces: Iterable[Force]) -> dict[str, str]:
    """Who stands for whom. One step is all: whoever is stood for has no Force that could stand for another."""
    there = {force.spec.code: force.spec.successor_of for force in forces}
    claims = Counter(old for claimed in there.values() for old in set(claimed))
    return {
        old: code
        for code, claimed in there.items()
        for old in claimed
        if old not in there and claims[old] == 1 and old != code
    }


def heir(code: str, forces: Iterable[Force]) -> str | None:
    """The one force that names a code as its predecessor, whether or not that is still there."""
    claims = [one.spec.code for one in forces if code in one.spec.successor_of and one.spec.code != code]
    return claims[0] if len(claims) == 1 else None


def disputed(force: Force, forces: Iterable[Force]) -> dict[str, str]:
    """The predecessors of a force that another force claims as well, with that other's code."""
    mine = set(force.spec.successor_of)
    return {
        old: other.spec.code
        for other in forces
        if other.spec.code != force.spec.code
        for old in other.spec.successor_of
        if old in mine
    }


def stand_ins(agreement: DataSharingAgreement, known: Successors) -> dict[str, str]:
    """Parties that were merged, and who is bound in their place; none where the agreement ends by a merger."""
    if agreement.spec.on_merge is not OnMerge.CARRY_OVER:
        return {}
    return {party: known[party] for party in agreement.spec.forces if party in known}


def keys_of_parties(agreement: DataSharingAgreement, keys: PartyKeys, known: Successors) -> PartyKeys:
    """The keys that each party's signature may be verified by: for a party that was merged, those of its stand-in."""
    return {**keys, **{party: keys.get(heir, ()) for party, heir in stand_ins(agreement, known).items()}}


def acting_for(force: Force, code: str) -> Force:
    """A successor in the place of its predecessor: its own wishes, under the predecessor's code."""
    return force.model_copy(update={"spec": force.spec.model_copy(update={"code": code})})
