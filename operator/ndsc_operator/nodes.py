"""Brings a data node to what it says: its database, the tables in it, then what answers, each after the one before.

A round never waits inside: it does what can be done now, says what it waits for, and the change that it waits for wakes
the node again. What runs is kept as it is meant to be meanwhile, whatever an earlier step lacks.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ndsc.errors import NdscError
from ndsc.resources.base import API_VERSION
from ndsc.resources.datanode import DataNode
from ndsc.resources.validation import parse_manifest
from ndsc_operator import conditions, databases, events, hands, judging, kinds, revising, room, standing
from ndsc_operator.api import Api
from ndsc_operator.applying import Unwell, apply, explained, prune
from ndsc_operator.certificates import Certificates, Certified
from ndsc_operator.children import workload
from ndsc_operator.children.common import COMPONENT, NODE_LABEL, Object, homes, namespace_of
from ndsc_operator.children.network import API, MIGRATION
from ndsc_operator.conditions import Verdict
from ndsc_operator.forces import is_going, is_ours
from ndsc_operator.forces import parsed as parsed_force
from ndsc_operator.merging import stand_in
from ndsc_operator.plan import Situation, api_rendering, api_step, migration_step, newer_renderings, node_steps
from ndsc_operator.queue import Again, PermanentError
from ndsc_operator.refs import Ref
from ndsc_operator.retiring import Disposing, retire, stop
from ndsc_operator.seen import Whose
from ndsc_operator.settings import Settings
from ndsc_operator.standing import Standing

RESYNC_SECONDS, SOON_SECONDS = 600.0, 5.0
GRACE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Reconciles data nodes."""

    api: Api
    settings: Settings
    certificates: Certificates
    dispose: Disposing

    async def reconcile(self, ref: Ref) -> Again | None:
        """One round for a data node. Raises PermanentError, or what is worth another attempt."""
        found = await self.api.get(ref)
        if found is None or found["metadata"].get("deletionTimestamp"):
            return await self._retire(ref)
        node, certified = parsed(found), None
        try:
            with explained("Force"):
                situation = await self._situation(found, node)
            certified = await self.certificates.of_node(node)
            its = await self._bring(node, situation, certified)
        except Unwell as unwell:
            await self._report(found, node, standing.unwell(unwell.reason, str(unwell), certified))
            # Certificates are renewed in time, whatever else the node waits for.
            raise unwell.error(within=certified.seconds if certified else None) from None
        await self._report(found, node, standing.of(node, its))
        again = SOON_SECONDS if its.waits else RESYNC_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311  # spreads load
        return Again(min(again, its.certified.seconds) if its.certified else again)

    async def _retire(self, ref: Ref) -> Again | None:
        try:
            return await retire(self.api, ref, self.dispose)
        except Unwell as unwell:  # there is no resource left to say it of
            raise unwell.error() from None

    async def _bring(self, node: DataNode, situation: Situation, certified: Certified) -> Standing:
        running = await self._deployment(node)
        with explained("Revisions"):
            revisions = await revising.revisions(self.api, node)
        situation = replace(
            situation.finding(running),
            # As the operator saw to it: what a Deployment says now may be somebody's edit, or it was deleted.
            running_image=node.status.image or judging.image(running),
            revisions=revisions,
        )
        situation, kept = await databases.bring(self.api, node, self.settings, situation)
        asleep = running is not None and judging.copies(running) == 0 and not kept.holds
        situation = replace(situation, asleep=asleep)
        wanted = workload.wanted_image(node, self.settings, situation.running_image)
        migration = await self._migration(node, wanted, situation, kept)
        before = situation.running_image if running else ""
        image = wanted if migration.holds and (running or kept.holds) else before
        deployment, answers = await self._answering(node, image, situation) if image else (None, None)
        await self._prune(node, situation)
        lacking = await self._lacking(node)
        newer = newer_renderings(node, self.settings, image, situation)
        return Standing(kept, migration, answers, deployment, image, wanted, lacking, certified, newer)

    async def _situation(self, found: Object, node: DataNode) -> Situation:
        """What the node depends on. Raises Unwell where it cannot be made."""
        code, where = node.spec.force, found["metadata"]["namespace"]
        if where not in homes(code):
            raise Unwell(conditions.WRONG_NAMESPACE, f"{where} is not the namespace of {code}.", permanent=True)
        if where != namespace_of(code):
            other = await self.api.get(Ref(API_VERSION, "DataNode", namespace_of(code), node.name))
            if other is not None:
                raise Unwell(conditions.NAME_TAKEN, f"{namespace_of(code)}/{node.name} is there.", permanent=False)
        force = await self.api.get(Ref(API_VERSION, "Force", "", code))
        governing = parsed_force(force) if force is not None else await stand_in(self.api, code)
        if governing is None:
            if is_forsaken(found, datetime.now(UTC)):
                await stop(self.api, code, node.name)
            raise Unwell(conditions.FORCE_MISSING, f"There is no Force {code}.", permanent=False)
        there = await self.api.get(Ref(*kinds.NAMESPACE, "", namespace_of(code)))
        if there is None or not is_ours(there, code) or is_going(there):
            raise Unwell(conditions.FORCE_NOT_READY, f"Namespace {namespace_of(code)} is not there.", permanent=False)
        return Situation(
            deletion_policy=governing.spec.deletion_policy,
            monitored=await self.api.monitored.get(),
        )

    async def _deployment(self, node: DataNode) -> Object | None:
        with explained("Api"):
            return await self.api.get(Ref("apps/v1", "Deployment", namespace_of(node.spec.force), f"{node.name}-api"))

    async def _migration(self, node: DataNode, image: str, situation: Situation, kept: Verdict) -> Verdict:
        """The tables come before the version that needs them; while there is no database, what is known of them."""
        step = migration_step(node, self.settings, image, situation)
        with explained("Migration"):
            known = await self.api.get(Ref.of(step.children[0])) if situation.database_id else None
        if kept.holds:
            step = migration_step(node, self.settings, image, situation.finding(known))
            job = (await apply(self.api, step))["Job"]
        else:
            if known is None or not judging.migration(known, ()).holds:
                return Verdict(conditions.MIGRATION_WAITS)
            job = known
        verdict = judging.migration(job, ())
        if verdict.holds or judging.is_fresh(job):
            return verdict
        pods = await self._pods(node, MIGRATION, f"job-name={job['metadata']['name']}")
        verdict = judging.migration(job, pods)
        if verdict.reason is not conditions.MIGRATING or any(map(room.is_counted, pods)):
            return verdict
        [container] = job["spec"]["template"]["spec"]["containers"]
        with explained("Migration"):
            beyond = await room.beyond(self.api, namespace_of(node.spec.force), room.wanted(container["resources"]))
        return (
            Verdict(conditions.MIGRATION_BEYOND_QUOTA, f"{job['metadata']['name']}: {beyond}.") if beyond else verdict
        )

    async def _answering(self, node: DataNode, image: str, situation: Situation) -> tuple[Object, Verdict]:
        applied = await apply(self.api, api_step(node, self.settings, image, situation))
        deployment = applied["Deployment"]
        await revising.keep(self.api, node, deployment, api_rendering(node, self.settings, image, situation))
        told = judging.is_fresh(deployment) or deployment.get("status", {}).get("readyReplicas")
        pods = [] if told else await self._pods(node, API)
        return deployment, judging.api(deployment, pods)

    async def _pods(self, node: DataNode, component: str, more: str = "") -> list[Object]:
        labels = ",".join(filter(None, (f"{NODE_LABEL}={node.name},{COMPONENT}={component}", more)))
        with explained("Pods"):
            return await self.api.list("v1", "Pod", namespace=namespace_of(node.spec.force), labels=labels)

    async def _prune(self, node: DataNode, situation: Situation) -> None:
        code = node.spec.force
        among = (*kinds.WORKLOAD_KINDS, *((kinds.MONITOR,) if situation.monitored else ()))
        wanted = [child for step in node_steps(node, self.settings, situation) for child in step.children]
        await prune(self.api, among, wanted, namespace=namespace_of(code), whose=Whose(code, node.name))

    async def _lacking(self, node: DataNode) -> tuple[str, ...]:
        """What the spec names and the namespace has not."""
        found = []
        for connector in node.spec.connectors:
            reference = connector.config_map_ref
            if reference is None:
                continue
            with explained("Connectors"):
                there = await self.api.get(Ref("v1", "ConfigMap", namespace_of(node.spec.force), reference.name))
            if reference.key not in (there or {}).get("data", {}):
                found.append(f"connector {connector.name}: no key {reference.key} in a ConfigMap {reference.name}")
        return tuple(found)

    async def _report(self, found: Object, node: DataNode, verdicts: standing.Report) -> None:
        after = verdicts.onto(node, found["metadata"].get("generation", 0))
        if after != node.status:
            await self.api.set_status(found, hands.children(conditions.plain(after)))
            await events.tell(self.api, found, node.status, after, self.settings.identity)


def is_forsaken(found: Object, now: datetime) -> bool:
    """Whether a node has been without its Force for longer than it takes to apply one again."""
    ready = judging.condition(found, "Ready")
    if ready.get("reason") != conditions.FORCE_MISSING.name:
        return False
    return now - datetime.fromisoformat(ready["lastTransitionTime"]) > GRACE


def parsed(found: Object) -> DataNode:
    """The node of an object. Raises PermanentError for one of a definition older or newer than this operator."""
    try:
        manifest = parse_manifest(found)
    except NdscError as error:
        raise PermanentError(str(error)) from None
    assert isinstance(manifest, DataNode)
    return manifest
