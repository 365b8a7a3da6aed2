"""A node's database is brought to what the node says: one that the platform runs, or a claim to an outside one."""

from __future__ import annotations

from dataclasses import replace
from secrets import token_urlsafe

from ndsc.resources.datanode import DataNode
from ndsc_operator import conditions, external, judging, kinds, revising, room, volumes
from ndsc_operator.api import Api
from ndsc_operator.applying import Unwell, apply, explained
from ndsc_operator.children import database, workload
from ndsc_operator.children.common import DATABASE_LABEL, Object, namespace_of
from ndsc_operator.conditions import Verdict
from ndsc_operator.plan import Situation, Step, database_rendering, database_step
from ndsc_operator.refs import Ref
from ndsc_operator.settings import Settings


async def bring(api: Api, node: DataNode, settings: Settings, situation: Situation) -> tuple[Situation, Verdict]:
    """The database's part of a round: what is known of it then, and how it is. Raises Unwell."""
    if database.is_managed(node):
        return await _managed(api, node, settings, situation)
    return await _outside(api, node, settings, situation)


async def _managed(api: Api, node: DataNode, settings: Settings, situation: Situation) -> tuple[Situation, Verdict]:
    ref = Ref(*kinds.DATABASE, namespace_of(node.spec.force), database.name_of(node))
    with explained("Database"):
        credentials = await _credentials(api, node)
        there = await api.get(ref)
        if there is not None and there["metadata"].get("deletionTimestamp"):
            await volumes.free(api, there)
            return situation, Verdict(conditions.DATABASE_RESCUED)
    situation = situation.finding(there)
    applied = (await apply(api, database_step(node, settings, situation)))[ref.kind]
    await revising.keep(api, node, applied, database_rendering(node, settings, situation))
    verdict, identity = judging.database(applied), applied["metadata"]["uid"]
    if verdict.reason is conditions.DATABASE_STARTING and not judging.is_fresh(applied):
        verdict = await _with_room(api, applied, verdict)
    return replace(situation, database_id=identity, credentials=credentials), verdict


async def _with_room(api: Api, cluster: Object, verdict: Verdict) -> Verdict:
    """The verdict on a database that has not started; another where its next pod or volume is beyond the quota."""
    ref = Ref.of(cluster)
    its = f"{volumes.CLUSTER}={ref.name}"
    with explained("Database"):
        if any(map(room.is_counted, await api.list("v1", "Pod", namespace=ref.namespace, labels=its))):
            return verdict
        asked = room.wanted(cluster["spec"]["resources"])
        if not await api.list("v1", "PersistentVolumeClaim", namespace=ref.namespace, labels=its):
            asked["requests.storage"] = cluster["spec"]["storage"]["size"]
        beyond = await room.beyond(api, ref.namespace, asked)
    return Verdict(conditions.DATABASE_BEYOND_QUOTA, f"Cluster {ref.name}: {beyond}.") if beyond else verdict


async def _credentials(api: Api, node: DataNode) -> str:
    """The identity of the Secret with the API's password, which is made if it is not there."""
    ref = Ref("v1", "Secret", namespace_of(node.spec.force), database.service_secret(node))
    there = await api.get(ref) or await api.create(database.credentials(node, token_urlsafe(32)))
    return str(there["metadata"]["uid"]) if there else ""


async def _outside(api: Api, node: DataNode, settings: Settings, situation: Situation) -> tuple[Situation, Verdict]:
    """Claimed by the node's Service, so that of two nodes that name one database one alone uses it."""
    reference = node.spec.database.url_secret_ref
    assert reference is not None  # the definition's own rule
    with explained("Database"):
        secret = await api.get(Ref("v1", "Secret", namespace_of(node.spec.force), reference.name))
    claim = external.claimed(secret, reference)
    if isinstance(claim, Verdict):
        raise Unwell(claim.reason, claim.message, permanent=False)
    service = workload.service(node, settings, claim.digest)
    await apply(api, Step("Database", (service,)))
    with explained("Database"):
        claims = await api.list("v1", "Service", labels=f"{DATABASE_LABEL}={claim.digest}")
    first = Ref.of(external.first_claim(claims))
    if first != Ref.of(service):
        raise Unwell(conditions.DATABASE_SHARED, f"{first.namespace}/{first.name} uses it.", permanent=False)
    known = replace(situation, database_id=claim.digest, database_claim=claim.digest, service_role=claim.service)
    return known, Verdict(conditions.DATABASE_NAMED, f"Secret {reference.name}.")
