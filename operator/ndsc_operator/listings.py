"""What a force lists in the national index goes once nobody of the force can answer for it.

Judged by what is, not by what happened: the registry says who lists anything, the API server who is there. So what was
deleted while no operator ran, with its namespace even, is withdrawn as well. A node that comes back lists itself anew.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ndsc.model.base import ForceId
from ndsc.resources.base import API_VERSION
from ndsc.resources.succession import successors
from ndsc_operator import conditions, events, kinds
from ndsc_operator.api import Api
from ndsc_operator.applying import Unwell, explained
from ndsc_operator.children.common import COMPONENT, FORCE_LABEL, namespace_of
from ndsc_operator.children.network import API
from ndsc_operator.merging import forces_there
from ndsc_operator.queue import Again, TemporaryError
from ndsc_operator.refs import Ref
from ndsc_operator.settings import Settings
from ndsc_operator.speaking import NoAnswerError, Voice

EVERY = ""
"""The key of a look at all forces."""
RESYNC_SECONDS, SOON_SECONDS = 600.0, 2.0
_MOST_FORCES = 5_000
_log = structlog.get_logger(__name__)


class _Answer(BaseModel):
    """Of the registry; what a later version adds is not read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ListedForces(_Answer):
    """To ``GET /v1/forces``."""

    forces: tuple[ForceId, ...] = Field(max_length=_MOST_FORCES)


class Withdrawn(_Answer):
    """To ``DELETE /v1/forces/CODE/entries``."""

    entries: int = Field(ge=0)
    datasets: int = Field(ge=0)


@dataclass(frozen=True, slots=True)
class Listings:
    """Compares what is listed with who is there."""

    api: Api
    settings: Settings
    voice: Voice

    async def reconcile(self, force: str) -> Again | None:
        """One round for a force, or for all. Raises what is worth another attempt."""
        with _told():
            if force == EVERY:
                return await self._all()
            there = await self._there()
            return None if force in there else await self._gone(force)

    async def is_withdrawn(self, force: str) -> bool:
        """Whether the force lists nothing, or has another data node that lists. Raises as :meth:`reconcile`."""
        with _told():
            return force in await self._there() or force not in await self._listed()

    async def _listed(self) -> tuple[str, ...]:
        return ListedForces.model_validate_json(await self._ask("GET", "forces")).forces

    async def _all(self) -> Again:
        listed = await self._listed()
        there = await self._there()
        waits = [await self._gone(force) for force in listed if force not in there]
        soon = any(again is not None for again in waits)
        return Again(SOON_SECONDS if soon else RESYNC_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311  # spreads load

    async def _there(self) -> frozenset[str]:
        """The forces that have a data node, awake or asleep, and a Force or one that stands for it."""
        with explained("Forces"):
            forces = await forces_there(self.api)
            nodes = await self.api.list(API_VERSION, "DataNode")
        known = {one.spec.code for one in forces} | successors(forces).keys()
        return frozenset(one["spec"]["force"] for one in nodes if not one["metadata"].get("deletionTimestamp")) & known

    async def _gone(self, force: str) -> Again | None:
        """What runs may still list: nothing is withdrawn before it has ended."""
        if await self._runs(force):
            return Again(SOON_SECONDS)
        withdrawn = Withdrawn.model_validate_json(await self._ask("DELETE", f"forces/{force}/entries"))
        if withdrawn.entries or withdrawn.datasets:
            _log.info("entries withdrawn", force=force, count=withdrawn.entries)
            await self._tell(force, withdrawn.entries)
        return None

    async def _runs(self, force: str) -> bool:
        """Whether a pod of its API is left."""
        name = namespace_of(force)
        with explained(f"Pods of {force}"):
            there = await self.api.get(Ref(*kinds.NAMESPACE, "", name))
            if there is None or there["metadata"].get("labels", {}).get(FORCE_LABEL) != force:
                return False
            labels = f"{FORCE_LABEL}={force},{COMPONENT}={API}"
            return bool(await self.api.list("v1", "Pod", namespace=name, labels=labels))

    async def _tell(self, force: str, entries: int) -> None:
        """An event of the Force, where there still is one."""
        with explained("Force"):
            found = await self.api.get(Ref(API_VERSION, "Force", "", force))
        if found is not None:
            message = f"{entries} entries were withdrawn from the national index: no data node of it is left."
            told = events.of(conditions.WITHDRAWN, message)
            await events.say(self.api, found, told, self.settings.identity)

    async def _ask(self, method: str, path: str) -> bytes:
        return await self.voice.ask(method, f"https://registry.{self.settings.namespace}.svc/v1/{path}", "registry")


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong is worth another attempt, and says where it did."""
    try:
        yield
    except Unwell as unwell:
        raise unwell.error() from None
    except (NoAnswerError, ValidationError) as error:
        said = error if isinstance(error, NoAnswerError) else "Its answer has another form."
        raise TemporaryError(f"registry: {said}", reason=conditions.NOT_WITHDRAWN.name) from None
