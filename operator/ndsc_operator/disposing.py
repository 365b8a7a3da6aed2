"""A database whose force asked for its deletion: it goes with its volumes, once nothing lists it and its log is kept.

In this order, each step only after the one before: the entries are withdrawn from the national index, the audit log is
written into a volume of its own, the database is deleted. What fails leaves the database where it is, asleep.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from ndsc.resources.base import API_VERSION, Metadata
from ndsc.resources.datanode import DataNode, DataNodeSpec
from ndsc_operator import conditions, events, judging, volumes
from ndsc_operator.api import Api
from ndsc_operator.applying import apply, explained
from ndsc_operator.children import archive
from ndsc_operator.children.common import FORCE_LABEL, HIBERNATION, NODE_LABEL, Object
from ndsc_operator.conditions import Reason
from ndsc_operator.plan import Step
from ndsc_operator.queue import Again
from ndsc_operator.refs import Ref
from ndsc_operator.settings import Settings

SOON_SECONDS = 3.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Disposal:
    """Lets databases go."""

    api: Api
    settings: Settings
    withdrawn: Callable[[str], Awaitable[bool]]
    """Whether nothing that a force lists is of a node that is gone."""

    async def of(self, cluster: Object) -> Again | None:
        """One round for a database whose data node is gone. Raises Unwell."""
        labels = cluster["metadata"]["labels"]
        if not await self.withdrawn(labels[FORCE_LABEL]):
            return Again(SOON_SECONDS)
        node = DataNode(metadata=Metadata(name=labels[NODE_LABEL]), spec=DataNodeSpec(force=labels[FORCE_LABEL]))
        with explained("Archive"):
            job = await self.api.get(Ref.of(archive.reference(node.spec.force, node.name)))
        if judging.condition(job or {}, "Failed").get("status") == "True":
            await self._tell(cluster, conditions.NOT_ARCHIVED, f"Job {archive.name_of(node.name)} failed.")
            await self._hibernate(cluster, "on")
            return None
        if judging.condition(job or {}, "Complete").get("status") == "True":
            await self._delete(cluster)
            return None
        await self._hibernate(cluster, "off")
        if not cluster.get("status", {}).get("readyInstances"):
            return Again(SOON_SECONDS)
        size = cluster["spec"]["storage"]["size"]
        database_id = cluster["metadata"]["uid"]
        wanted = (archive.volume(node, self.settings, size), archive.job(node, self.settings, database_id))
        await apply(self.api, Step("Archive", wanted))
        return Again(SOON_SECONDS)

    async def _hibernate(self, cluster: Object, wanted: str) -> None:
        if cluster["metadata"].get("annotations", {}).get(HIBERNATION) != wanted:
            with explained("Database"):
                await self.api.patch(Ref.of(cluster), {"metadata": {"annotations": {HIBERNATION: wanted}}})

    async def _delete(self, cluster: Object) -> None:
        """CloudNativePG takes the volumes with it, for they are not taken out of its hands this time."""
        ref = Ref.of(cluster)
        with explained("Database"):
            await volumes.let_go(self.api, cluster)
            await self.api.delete(ref, uid=cluster["metadata"]["uid"])
        _log.info("database deleted", resource=str(ref))
        await self._tell(cluster, conditions.DISPOSED, f"Cluster {ref.name} was deleted with its volumes.")

    async def _tell(self, cluster: Object, reason: Reason, message: str) -> None:
        """An event of the Force, where there still is one; of the database if not."""
        with explained("Force"):
            force = await self.api.get(Ref(API_VERSION, "Force", "", cluster["metadata"]["labels"][FORCE_LABEL]))
        await events.say(self.api, force or cluster, events.of(reason, message), self.settings.identity)
