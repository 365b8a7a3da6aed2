"""What becomes of a data node's children when its manifest or its Force is gone: what runs goes, what it held stays.

Nothing is remembered of the manifest: the children say whose they were, and the database what its force decided of it.
"""

from __future__ import annotations

import structlog

from ndsc.resources.base import API_VERSION
from ndsc_operator import kinds, volumes
from ndsc_operator.api import Api, Ref
from ndsc_operator.applying import prune
from ndsc_operator.children.common import DEFAULT_NAMESPACE, FORCE_LABEL, MANAGER, NODE_LABEL, Object, namespace_of

_SERVICE = ("v1", "Service")
_log = structlog.get_logger(__name__)


async def retire(api: Api, ref: Ref) -> None:
    """Stop what runs of a node that is gone from both of its homes, and put its database to sleep with all it holds.

    The manifest applied again wakes it. CloudNativePG keeps a sleeping cluster's volumes, and uses nothing else.
    """
    if ref.namespace == DEFAULT_NAMESPACE:
        labels = f"app.kubernetes.io/managed-by={MANAGER},{NODE_LABEL}={ref.name}"
        left = [one for kind in (_SERVICE, kinds.DATABASE) for one in await api.list(*kind, labels=labels)]
        for force in sorted({one["metadata"]["labels"][FORCE_LABEL] for one in left}):
            await _retire(api, force, ref.name)
    else:
        await _retire(api, ref.namespace, ref.name)


async def _retire(api: Api, force: str, name: str) -> None:
    for home in (force, DEFAULT_NAMESPACE):
        one = await api.get(Ref(API_VERSION, "DataNode", home, name))
        if one is not None and one["spec"]["force"] == force:
            return
    await stop(api, force, name)


async def stop(api: Api, force: str, name: str) -> None:
    """What runs of a node goes, and its database sleeps."""
    there = await api.get(Ref(*kinds.NAMESPACE, "", namespace_of(force)))
    if there is None or there["metadata"].get("deletionTimestamp"):
        return  # all that is in it goes with it, the operator's rights there first
    labels = f"app.kubernetes.io/managed-by={MANAGER},{FORCE_LABEL}={force},{NODE_LABEL}={name}"
    await prune(api, (*kinds.WORKLOAD_KINDS, kinds.MONITOR), (), namespace=force, labels=labels)
    for one in await api.list(*kinds.DATABASE, namespace=force, labels=labels):
        if one["metadata"].get("deletionTimestamp"):
            await volumes.free(api, one)  # nobody else would: without its manifest no round brings it back
        else:
            await _put_to_sleep(api, one)


async def _put_to_sleep(api: Api, cluster: Object) -> None:
    annotations = cluster["metadata"].get("annotations", {})
    if annotations.get("cnpg.io/hibernation") != "on":
        _log.info("database kept, asleep", resource=str(Ref.of(cluster)))
        await api.patch(Ref.of(cluster), {"metadata": {"annotations": {"cnpg.io/hibernation": "on"}}})
