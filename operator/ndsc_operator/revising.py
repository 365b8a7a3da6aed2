"""Keeps what was applied of a node's children that a newer operator may render otherwise; see children/revision.py."""

from __future__ import annotations

import structlog

from ndsc.resources.datanode import DataNode
from ndsc_operator.api import Api
from ndsc_operator.applying import explained
from ndsc_operator.children.common import NODE_LABEL, Object, namespace_of
from ndsc_operator.children.revision import KIND, Rendering, revision
from ndsc_operator.refs import Ref

_log = structlog.get_logger(__name__)


async def revisions(api: Api, node: DataNode) -> tuple[Object, ...]:
    """Those that are kept of a node's children."""
    labels = f"{NODE_LABEL}={node.name}"
    return tuple(await api.list(*KIND, namespace=namespace_of(node.spec.force), labels=labels))


async def keep(api: Api, node: DataNode, child: Object, rendering: Rendering) -> None:
    """Keep what was applied of a child, in the place of what was before. It goes with the child. Raises Unwell."""
    made, before = revision(node, child, rendering), rendering.kept.revision
    if made is None:
        return
    with explained(f"Revisions: {Ref.of(made)}"):
        await api.create(made)
        if before is not None:
            await api.delete(Ref.of(before), uid=before["metadata"]["uid"])
    _log.info("what was applied is kept", resource=str(Ref.of(child)), revision=made["revision"])
