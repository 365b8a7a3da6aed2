"""kopf tells of changes; each wakes the resource that it is about. No state is kept in annotations."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import kopf
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration

from ndsc.resources.base import API_VERSION, GROUP, VERSION
from ndsc_operator.agreements import Agreements
from ndsc_operator.api import Api
from ndsc_operator.authority_keeping import Keeper
from ndsc_operator.authority_secrets import AUTHORITY
from ndsc_operator.certificates import Certificates
from ndsc_operator.changes import Changes
from ndsc_operator.children.certificates import of_parts
from ndsc_operator.children.common import MANAGER, homes
from ndsc_operator.disposing import Disposal
from ndsc_operator.forces import Forces
from ndsc_operator.health import answering
from ndsc_operator.holdings import Asking
from ndsc_operator.kinds import BINDING, NAMESPACE, SECRET, WATCHED
from ndsc_operator.leading import while_leading
from ndsc_operator.listings import EVERY, Listings
from ndsc_operator.metrics import Conditions, CountedClient, Metrics
from ndsc_operator.nodes import Nodes
from ndsc_operator.queue import Again, TemporaryError, WorkQueue
from ndsc_operator.refs import Ref
from ndsc_operator.renewing import watch
from ndsc_operator.seen import Children, Whose
from ndsc_operator.settings import Settings
from ndsc_operator.speaking import Voice
from ndsc_operator.watching import MetadataWatch, Scope, Told
from ndsc_operator.written import Written

K = TypeVar("K", bound=Hashable)
_FIRST_SECONDS = 10


def node_ref(namespace: str, name: str) -> Ref:
    """The key of a data node in its queue."""
    return Ref(API_VERSION, "DataNode", namespace, name)


def predecessors(force: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes that a Force claims to stand for."""
    return tuple(str(code) for code in force.get("spec", {}).get("successorOf", ()))


@dataclass(frozen=True, slots=True)
class Queues:
    """The work, a queue a kind; the authority's has one key, which is empty, as is that of all forces' listings."""

    forces: WorkQueue[str]
    nodes: WorkQueue[Ref]
    asking: WorkQueue[Ref]
    agreements: WorkQueue[str]
    authority: WorkQueue[str]
    listings: WorkQueue[str]

    def told(self, child: Told, changes: Changes) -> None:
        """Wake whose an object is and was: a force, a data node, or the platform itself."""
        for one in child.whose:
            if one.node:
                # In which of its homes it lies a child does not say.
                refs = [node_ref(home, one.node) for home in homes(one.force)]
                for ref in changes.there(refs) or refs:
                    self.nodes.wake(ref)
            elif one.force:
                self.forces.wake(one.force)
            elif child.ref.kind == SECRET[1]:
                self.authority.wake("")


def registry(
    queues: Queues, agreements: Agreements, changes: Changes, seen: Conditions, written: Written
) -> kopf.OperatorRegistry:
    """The watches of every kind that is reconciled.

    Every handler is a coroutine: kopf calls plain functions on threads, and queues and watches belong to the loop.
    """
    made = kopf.OperatorRegistry()
    forces = queues.forces

    @kopf.on.startup(registry=made)
    def tuned(settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.watching.server_timeout = 300
        settings.watching.client_timeout = 330
        settings.watching.connect_timeout = 10
        settings.networking.request_timeout = 30
        settings.queueing.worker_limit = 50
        settings.posting.enabled = False
        # A watch ends with its definition: only that definitions are watched too brings it back with a new one.
        settings.scanning.disabled = False

    @kopf.on.login(registry=made)
    def signed_in(**its: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**its) or kopf.login_with_kubeconfig(**its)

    @kopf.on.event(GROUP, VERSION, "forces", registry=made)
    async def force_changed(name: str, type: str | None, body: kopf.Body, **_: Any) -> None:  # noqa: A002  # kopf's name
        seen.heard(dict(body), gone=type == "DELETED")
        if written.is_news(body, gone=type == "DELETED"):
            forces.wake(name)
        for predecessor in predecessors(body):  # whom it may stand for now, or no longer
            forces.wake(predecessor)
        if type == "DELETED":
            for code in (name, *predecessors(body)):
                queues.listings.wake(code)

    _of_data_nodes(made, queues, changes, seen)
    _of_agreements(made, queues.agreements, agreements, seen)
    return made


def _of_agreements(
    made: kopf.OperatorRegistry, queue: WorkQueue[str], agreements: Agreements, seen: Conditions
) -> None:
    """An agreement is looked at when it changes, and when the force of a party does."""

    @kopf.on.event(GROUP, VERSION, "forces", registry=made)
    async def party_changed(name: str, body: kopf.Body, **_: Any) -> None:
        for code in (name, *predecessors(body)):
            for agreement in agreements.of_party(code):
                queue.wake(agreement)

    @kopf.on.event(GROUP, VERSION, "datasharingagreements", registry=made)
    async def agreement_changed(
        name: str,
        type: str | None,  # noqa: A002  # kopf's name
        spec: kopf.Spec,
        body: kopf.Body,
        **_: Any,
    ) -> None:
        seen.heard(dict(body), gone=type == "DELETED")
        if type == "DELETED":
            agreements.forget(name)
            queue.forget(name)
        else:
            agreements.heard(name, frozenset(str(party.get("force")) for party in spec.get("parties", ())))
            queue.wake(name)


def _of_data_nodes(made: kopf.OperatorRegistry, queues: Queues, changes: Changes, seen: Conditions) -> None:
    """What the operator writes into a node's status wakes nobody, but that it is ready or no more."""
    changes.begin_anew()

    @kopf.on.event(GROUP, VERSION, "datanodes", registry=made)
    async def node_changed(name: str, namespace: str | None, type: str | None, body: kopf.Body, **_: Any) -> None:  # noqa: A002
        seen.heard(dict(body), gone=type == "DELETED")
        ref = node_ref(namespace or "", name)
        manifest, readiness = changes.heard(ref, dict(body), gone=type == "DELETED")
        if manifest:
            queues.nodes.wake(ref)
        force = str(body.get("spec", {}).get("force", ""))
        if readiness:
            queues.asking.wake(ref)
            queues.forces.wake(force)
        if type == "DELETED":
            queues.listings.wake(force)


async def run(settings: Settings) -> None:
    """The operator, until it is cancelled or no longer leads."""
    try:
        config.load_incluster_config()
    except config.ConfigException:
        await config.load_kube_config()
    metrics = Metrics()
    async with CountedClient(metrics) as client, answering(settings.health_port, metrics):
        await while_leading(client, settings.namespace, settings.identity, lambda: _work(client, settings, metrics))


async def _work(client: ApiClient, settings: Settings, metrics: Metrics) -> None:
    metrics.leads()
    api = await Api.connect(client)
    certificates = Certificates(api, settings)
    voice = Voice(api, settings)
    listing = Listings(api, settings, voice)
    disposal = Disposal(api, settings, listing.is_withdrawn)
    nodes = _counted(metrics, "DataNode", Nodes(api, settings, certificates, disposal.of).reconcile)

    def wake_force(code: str) -> None:
        forces.wake(code)

    forces: WorkQueue[str] = _counted(metrics, "Force", Forces(api, settings, nodes.wake, wake_force).reconcile)
    agreements = Agreements(api, settings, forces.wake)
    keeper = Keeper(api, settings, certificates, nodes.wake_all)
    asking = _counted(metrics, "Holdings", Asking(api, voice).reconcile)
    listings = _counted(metrics, "Listing", listing.reconcile)
    agreeing = _counted(metrics, "DataSharingAgreement", agreements.reconcile)
    authority = _counted(metrics, "Authority", keeper.reconcile, workers=1)
    queues = Queues(forces, nodes, asking, agreeing, authority, listings)
    # The authority comes first: data nodes that are looked at before it would be said to have no certificates.
    with contextlib.suppress(TemporaryError, TimeoutError):
        await asyncio.wait_for(keeper.reconcile(""), _FIRST_SECONDS)
    queues.authority.wake("")
    queues.listings.wake(EVERY)
    every = (forces, nodes, asking, queues.agreements, queues.authority, queues.listings)
    working = [asyncio.create_task(queue.run()) for queue in every]
    try:
        changes = Changes()
        async with _watches(settings, queues, changes, api.children, metrics):
            watching = watch(
                lambda: registry(queues, agreements, changes, metrics.conditions, api.written), settings.identity
            )
            working.append(asyncio.create_task(watching))
            await until_one_ends(working)
    finally:
        for task in working:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def until_one_ends(tasks: Collection[asyncio.Task[None]]) -> None:
    """Whichever it is, and raise what it raised: an operator without one of its queues would live and do nothing."""
    ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in ended:
        task.result()


def _counted(
    metrics: Metrics, kind: str, work: Callable[[K], Awaitable[Again | None]], *, workers: int = 8
) -> WorkQueue[K]:
    """A queue whose rounds and whose depth are measured."""
    made = WorkQueue(work, workers=workers, told=metrics.rounds(kind))
    metrics.waiting(kind, made.waiting)
    return made


@contextlib.asynccontextmanager
async def _watches(
    settings: Settings, queues: Queues, changes: Changes, children: Children, metrics: Metrics
) -> AsyncIterator[None]:
    """Those of Secrets and children, over connections of their own: each stands as long as there is what it is of."""
    configuration = Configuration.get_default_copy()
    configuration.connection_pool_maxsize = 0  # as many as there are namespaces
    async with CountedClient(metrics, configuration) as client:
        watches = MetadataWatch(client, lambda told: _took(told, queues, changes, children, watches))
        for name in (AUTHORITY, *(one.secret for one in of_parts(settings))):
            watches.follow(Scope(SECRET, settings.namespace, name))
        for kind in WATCHED:
            watches.follow(Scope(kind))
        try:
            yield
        finally:
            await watches.close()


def _took(told: Told, queues: Queues, changes: Changes, children: Children, watches: MetadataWatch) -> None:
    """What a watch told of. A force's Secrets are watched as soon as the operator has rights in its namespace."""
    ref, is_secret = told.ref, told.ref.kind == SECRET[1]
    if told.whose != {Whose()}:
        if (ref.api_version, ref.kind) == BINDING and ref.name == MANAGER and not told.gone:
            watches.follow(Scope(SECRET, ref.namespace))
        if (ref.api_version, ref.kind) == NAMESPACE and told.gone:
            watches.forget(Scope(SECRET, ref.name))
    if is_secret or children.told(ref, told.metadata, gone=told.gone):
        queues.told(told, changes)
