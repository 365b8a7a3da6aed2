"""Volumes outlive their database: CloudNativePG lets them go with a cluster that is deleted, so they are freed first.

A finalizer holds the deleted cluster. Its volumes are then owned by nobody, the cluster goes, one of its name is
applied again, and CloudNativePG takes volumes over that carry its labels and have no owner.
"""

from __future__ import annotations

import structlog

from ndsc_operator import kinds
from ndsc_operator.api import Api
from ndsc_operator.children.common import KEPT, MANAGER, Object
from ndsc_operator.refs import Ref

_log = structlog.get_logger(__name__)
CLUSTER = "cnpg.io/cluster"
"""Label of what CloudNativePG makes for a cluster."""
_PAUSED = "cnpg.io/reconciliationLoop"


async def free(api: Api, cluster: Object) -> None:
    """Take the volumes of a cluster that is being deleted out of its hands, and let it go."""
    ref = Ref.of(cluster)
    # First nobody looks after it any more: a cluster whose volumes are gone would be given new ones.
    await api.patch(ref, {"metadata": {"annotations": {_PAUSED: "disabled"}}})
    volumes = await api.list("v1", "PersistentVolumeClaim", namespace=ref.namespace, labels=f"{CLUSTER}={ref.name}")
    for one in volumes:
        await api.patch(Ref.of(one), {"metadata": {"ownerReferences": None}})
    _log.info("volumes kept of a database that was deleted", resource=str(ref), count=len(volumes))
    await let_go(api, cluster)


async def leave(api: Api, namespace: str) -> None:
    """Hold no database of a namespace that is being deleted: its volumes go with it, whoever owns them."""
    for one in await api.list(*kinds.DATABASE, namespace=namespace, labels=f"app.kubernetes.io/managed-by={MANAGER}"):
        if KEPT in one["metadata"].get("finalizers", ()):
            _log.info("database let go with its namespace", resource=str(Ref.of(one)))
            await let_go(api, one)


async def let_go(api: Api, cluster: Object) -> None:
    """Take the finalizer off, and no other."""
    kept = [name for name in cluster["metadata"].get("finalizers", ()) if name != KEPT]
    await api.patch(Ref.of(cluster), {"metadata": {"finalizers": kept or None}})
