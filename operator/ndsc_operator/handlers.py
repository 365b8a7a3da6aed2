"""kopf tells of changes; each wakes the resource that it is about. No state is kept in annotations."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, cast

import kopf
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient

from ndsc.resources.base import GROUP, VERSION
from ndsc_operator.api import Api
from ndsc_operator.children.common import FORCE_LABEL, MANAGER
from ndsc_operator.health import answering
from ndsc_operator.leading import while_leading
from ndsc_operator.queue import WorkQueue
from ndsc_operator.reconcile import TENANCY_KINDS, Reconciler
from ndsc_operator.settings import Settings

_OURS = f"app.kubernetes.io/managed-by={MANAGER}"


def registry(queue: WorkQueue[str]) -> kopf.OperatorRegistry:
    """The watches: of every kind that is reconciled, and of every kind of child."""
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
        for kind in CHILDREN:
            settings.watching.label_selectors[kind] = _OURS

    @kopf.on.login(registry=made)
    def signed_in(**its: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**its) or kopf.login_with_kubeconfig(**its)

    @kopf.on.event(GROUP, VERSION, "forces", registry=made)
    def force_changed(name: str, type: str | None, **_: Any) -> None:  # noqa: A002  # kopf's name
        queue.forget(name) if type == "DELETED" else queue.wake(name)

    def child_changed(labels: kopf.Labels, **_: Any) -> None:
        force = labels.get(FORCE_LABEL)
        if force:
            queue.wake(force)

    for group, version, plural in CHILDREN:
        kopf.on.event(group, version, plural, labels={FORCE_LABEL: kopf.PRESENT}, registry=made)(child_changed)
    return made


async def run(settings: Settings) -> None:
    """The operator, until it is cancelled or no longer leads."""
    try:
        config.load_incluster_config()
    except config.ConfigException:
        await config.load_kube_config()
    async with ApiClient() as client, answering(settings.health_port):
        await while_leading(client, settings.namespace, settings.identity, lambda: _work(client, settings))


async def _work(client: ApiClient, settings: Settings) -> None:
    reconciler = Reconciler(await Api.connect(client), settings)
    queue: WorkQueue[str] = WorkQueue(reconciler.force)
    working = asyncio.create_task(queue.run())
    try:
        # Named, for kopf would look for the name of a user, which a container has not.
        who = cast("Any", settings.identity)  # a type that kopf does not export
        await kopf.operator(registry=registry(queue), clusterwide=True, standalone=True, identity=who)
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working


def _of_kopf(api_version: str, kind: str) -> tuple[str, str, str]:
    """Group, version and plural."""
    group, _, version = api_version.rpartition("/")
    lower = kind.lower()
    return group, version, f"{lower[:-1]}ies" if lower.endswith("y") else f"{lower}s"


CHILDREN = tuple(_of_kopf(*kind) for kind in (("v1", "Namespace"), *TENANCY_KINDS))
"""The kinds of children, as kopf names them."""
