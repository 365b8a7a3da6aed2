"""kopf tells of changes; each wakes the resource that it is about. No state is kept in annotations."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, cast

import kopf
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient

from ndsc.resources.base import API_VERSION, GROUP, VERSION
from ndsc_operator.api import Api, Ref
from ndsc_operator.changes import Changes
from ndsc_operator.children.common import FORCE_LABEL, MANAGER, NODE_LABEL, homes
from ndsc_operator.forces import Forces
from ndsc_operator.health import answering
from ndsc_operator.holdings import Asking
from ndsc_operator.kinds import WATCHED, plural
from ndsc_operator.leading import while_leading
from ndsc_operator.nodes import Nodes
from ndsc_operator.queue import WorkQueue
from ndsc_operator.settings import Settings

_OURS = f"app.kubernetes.io/managed-by={MANAGER}"


def node_ref(namespace: str, name: str) -> Ref:
    """The key of a data node in its queue."""
    return Ref(API_VERSION, "DataNode", namespace, name)


def registry(forces: WorkQueue[str], nodes: WorkQueue[Ref], asking: WorkQueue[Ref]) -> kopf.OperatorRegistry:
    """The watches: of every kind that is reconciled, and of every kind of child, which wakes what it belongs to."""
    made = kopf.OperatorRegistry()

    @kopf.on.startup(registry=made)
    def tuned(settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.watching.server_timeout = 300
        settings.watching.client_timeout = 330
        settings.watching.connect_timeout = 10
        settings.networking.request_timeout = 30
        settings.queueing.worker_limit = 50
        settings.posting.enabled = False
        settings.scanning.disabled = True  # what it watches is known: it need not read the definitions of all kinds
        for kind in WATCHED:
            settings.watching.label_selectors[plural(kind)] = _OURS

    @kopf.on.login(registry=made)
    def signed_in(**its: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**its) or kopf.login_with_kubeconfig(**its)

    @kopf.on.event(GROUP, VERSION, "forces", registry=made)
    def force_changed(name: str, type: str | None, **_: Any) -> None:  # noqa: A002  # kopf's name
        forces.forget(name) if type == "DELETED" else forces.wake(name)

    def child_changed(labels: kopf.Labels, **_: Any) -> None:
        force, node = labels.get(FORCE_LABEL, ""), labels.get(NODE_LABEL)
        if node is None:
            forces.wake(force)
        else:
            for home in homes(force):  # which of them it lies in a child does not say
                nodes.wake(node_ref(home, node))

    for kind in WATCHED:
        kopf.on.event(*plural(kind), labels={FORCE_LABEL: kopf.PRESENT}, registry=made)(child_changed)
    _of_data_nodes(made, forces, nodes, asking)
    return made


def _of_data_nodes(
    made: kopf.OperatorRegistry, forces: WorkQueue[str], nodes: WorkQueue[Ref], asking: WorkQueue[Ref]
) -> None:
    """What the operator writes into a node's status wakes nobody, but that it is ready or no more."""
    changes = Changes()

    @kopf.on.event(GROUP, VERSION, "datanodes", registry=made)
    def node_changed(name: str, namespace: str | None, type: str | None, body: kopf.Body, **_: Any) -> None:  # noqa: A002
        ref = node_ref(namespace or "", name)
        manifest, readiness = changes.heard(ref, dict(body), gone=type == "DELETED")
        if manifest:
            nodes.wake(ref)
        if readiness:
            asking.wake(ref)
            forces.wake(str(body.get("spec", {}).get("force", "")))


async def run(settings: Settings) -> None:
    """The operator, until it is cancelled or no longer leads."""
    try:
        config.load_incluster_config()
    except config.ConfigException:
        await config.load_kube_config()
    async with ApiClient() as client, answering(settings.health_port):
        await while_leading(client, settings.namespace, settings.identity, lambda: _work(client, settings))


async def _work(client: ApiClient, settings: Settings) -> None:
    api = await Api.connect(client)
    nodes: WorkQueue[Ref] = WorkQueue(Nodes(api, settings).reconcile)
    forces: WorkQueue[str] = WorkQueue(Forces(api, settings, nodes.wake).reconcile)
    asking: WorkQueue[Ref] = WorkQueue(Asking(api, settings).reconcile)
    working = [asyncio.create_task(queue.run()) for queue in (forces, nodes, asking)]
    try:
        # Named, for kopf would look for the name of a user, which a container has not.
        who = cast("Any", settings.identity)  # a type that kopf does not export
        await kopf.operator(registry=registry(forces, nodes, asking), clusterwide=True, standalone=True, identity=who)
    finally:
        for task in working:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
