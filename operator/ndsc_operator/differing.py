"""What applying a manifest would change on a cluster, without changing anything: the API server's own dry run."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import yaml
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient
from kubernetes.aio.dynamic.exceptions import NotFoundError

from ndsc.resources.base import API_VERSION, Manifest
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force
from ndsc_operator import judging, kinds, revising
from ndsc_operator.api import Api
from ndsc_operator.children import database, workload
from ndsc_operator.children.common import Object, namespace_of
from ndsc_operator.forces import parsed
from ndsc_operator.plan import Situation, Step, force_steps, migration_step, node_steps
from ndsc_operator.refs import Ref
from ndsc_operator.settings import Settings

_SERVERS = frozenset({"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"})
"""Metadata that the server alone writes."""


async def of_cluster(manifests: list[Manifest], settings: Settings) -> list[str]:
    """Of the kubeconfig's cluster: a unified diff for each child that would be made or changed."""
    await config.load_kube_config()
    async with ApiClient() as client:
        api = await Api.connect(client)
        return [text for one in manifests async for text in differences(api, one, settings)]


async def differences(api: Api, manifest: Manifest, settings: Settings) -> AsyncIterator[str]:
    """A unified diff for each child of a manifest that would be made or changed, in their order."""
    for step in await _steps(api, manifest, settings):
        for child in step.children:
            ref = Ref.of(child)
            text = "\n".join(diff(await api.get(ref), await _applied(api, child), str(ref)))
            if text:
                yield text


async def _applied(api: Api, child: Object) -> Object:
    try:
        return await api.apply(child, dry_run=True)
    except NotFoundError:
        return child  # its namespace would be made before it


async def _steps(api: Api, manifest: Manifest, settings: Settings) -> list[Step]:
    if isinstance(manifest, Force):
        return list(force_steps(manifest, settings))
    if isinstance(manifest, DataNode):
        return list(node_steps(manifest, settings, await _situation(api, manifest, settings)))
    return []


async def _situation(api: Api, node: DataNode, settings: Settings) -> Situation:
    """As a round would find it. An outside database's Secret is not read: only who works for the operator may."""
    where = namespace_of(node.spec.force)
    force = await api.get(Ref(API_VERSION, "Force", "", node.spec.force))
    deployment = await api.get(Ref("apps/v1", "Deployment", where, f"{node.name}-api"))
    cluster = await api.get(Ref(*kinds.DATABASE, where, database.name_of(node)))
    noted = (deployment or {}).get("spec", {}).get("template", {}).get("metadata", {}).get("annotations", {})
    its = Situation(
        monitored=await api.monitored.get(),
        running_image=judging.image(deployment),
        database_id=cluster["metadata"]["uid"] if cluster else "",
        credentials=noted.get("ndsc.police.uk/credentials", ""),
        revisions=await revising.revisions(api, node),
    ).finding(deployment, cluster)
    its = replace(its, deletion_policy=parsed(force).spec.deletion_policy) if force else its
    image = workload.wanted_image(node, settings, its.running_image)
    [job] = migration_step(node, settings, image, its).children
    return its.finding(await api.get(Ref.of(job)))


def diff(before: Object | None, after: Object, name: str) -> Iterator[str]:
    """Lines of a unified diff between what is and what would be; nothing where they are the same."""
    old, new = (_text(one) if one else [] for one in (before, after))
    return difflib.unified_diff(old, new, name if before else "nothing", name, lineterm="")


def _text(one: Object) -> list[str]:
    shown = {name: value for name, value in one.items() if name != "status"}
    shown["metadata"] = {name: value for name, value in one["metadata"].items() if name not in _SERVERS}
    return yaml.safe_dump(shown, sort_keys=True, width=120).splitlines()
