"""Mergers on a cluster: who stands for a force whose own Force is gone."""

from __future__ import annotations

from ndsc.errors import NdscError
from ndsc.resources.base import API_VERSION
from ndsc.resources.force import Force
from ndsc.resources.succession import acting_for, successors
from ndsc.resources.validation import parse_manifest
from ndsc_operator.api import Api
from ndsc_operator.children.common import Object


async def forces_there(api: Api) -> tuple[Force, ...]:
    """Every Force that can be read and is not being deleted."""
    read = [read_force(one) for one in await api.list(API_VERSION, "Force")]
    return tuple(one for one in read if one is not None)


async def stand_in(api: Api, code: str) -> Force | None:
    """The successor of a force that is gone, in its place; none where it was not merged."""
    there = {one.spec.code: one for one in await forces_there(api)}
    heir = successors(there.values()).get(code)
    return acting_for(there[heir], code) if heir else None


def read_force(found: Object) -> Force | None:
    """A Force; none for one of another definition than this operator's, or that is being deleted."""
    try:
        manifest = parse_manifest(found)
    except NdscError:
        return None
    return manifest if isinstance(manifest, Force) and not manifest.metadata.deletion_timestamp else None
