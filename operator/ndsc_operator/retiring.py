"""What becomes of a data node's children when its manifest or its Force is gone: what runs goes, what it held stays.

Nothing is remembered of the manifest: the children say whose they were, and the database what its force decided of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from ndsc.resources.base import API_VERSION
from ndsc.resources.force import DeletionPolicy
from ndsc_operator import kinds, volumes
from ndsc_operator.api import Api
from ndsc_operator.applying import prune
from ndsc_operator.children import archive
from ndsc_operator.children.common import (
    DEFAULT_NAMESPACE,
    FORCE_LABEL,
    HIBERNATION,
    MANAGER,
    NODE_LABEL,
    POLICY_ANNOTATION,
    READING,
    Object,
    namespace_of,
)
from ndsc_operator.queue import Again
from ndsc_operator.refs import Ref
from ndsc_operator.seen import Whose

Disposing = Callable[[Object], Awaitable[Again | None]]
"""Lets a database go for good, a step at a time."""

_SERVICE = ("v1", "Service")
_log = structlog.get_logger(__name__)


async def retire(api: Api, ref: Ref, dispose: Disposing) -> Again | None:
    """Stop what runs of a node that is gone from both of its homes, and put its database to sleep with all it holds.

    The manifest applied again wakes it. CloudNativePG keeps a sleeping cluster's volumes, and uses nothing else. A
    database whose force asked for that is disposed of instead.
    """
    homes = [ref.namespace]
    if ref.namespace == DEFAULT_NAMESPACE:
        labels = f"app.kubernetes.io/managed-by={MANAGER},{NODE_LABEL}={ref.name}"
        left = [one for kind in (_SERVICE, kinds.DATABASE) for one in await api.list(*kind, labels=labels)]
        homes = sorted({one["metadata"]["labels"][FORCE_LABEL] for one in left})
    waits = [again for force in homes if (again := await _retire(api, force, ref.name, dispose)) is not None]
    return min(waits, key=lambda again: again.seconds, default=None)


async def _retire(api: Api, force: str, name: str, dispose: Disposing) -> Again | None:
    for home in (force, DEFAULT_NAMESPACE):
        one = await api.get(Ref(API_VERSION, "DataNode", home, name))
        if one is not None and one["spec"]["force"] == force:
            return None
    return await stop(api, force, name, dispose)


async def stop(api: Api, force: str, name: str, dispose: Disposing | None = None) -> Again | None:
    """What runs of a node goes, and its database sleeps; or is disposed of, where its force asked for that."""
    there = await api.get(Ref(*kinds.NAMESPACE, "", namespace_of(force)))
    if there is None or there["metadata"].get("deletionTimestamp"):
        return None  # all that is in it goes with it, the operator's rights there first
    whose, kept = Whose(force, name), [archive.reference(force, name)]
    await prune(api, (*kinds.WORKLOAD_KINDS, kinds.MONITOR), kept, namespace=force, whose=whose)
    again = None
    for one in await api.list(*kinds.DATABASE, namespace=force, labels=whose.selector):
        if one["metadata"].get("deletionTimestamp"):
            await volumes.free(api, one)  # nobody else would: without its manifest no round brings it back
        elif dispose is not None and _is_unwanted(one):
            again = await dispose(one)
        else:
            await rest(api, one)
    return again


def _is_unwanted(cluster: Object) -> bool:
    return bool(cluster["metadata"].get("annotations", {}).get(POLICY_ANNOTATION) == DeletionPolicy.DELETE)


async def rest(api: Api, cluster: Object) -> None:
    """Let it sleep, unless somebody reads in it."""
    annotations = cluster["metadata"].get("annotations", {})
    wanted = "off" if annotations.get(READING) == "on" else "on"
    if annotations.get(HIBERNATION) != wanted:
        _log.info("database kept", resource=str(Ref.of(cluster)), state="awake" if wanted == "off" else "asleep")
        await api.patch(Ref.of(cluster), {"metadata": {"annotations": {HIBERNATION: wanted}}})
