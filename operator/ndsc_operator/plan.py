"""What a resource's children are, and in which order they are made: everything here is pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ndsc.resources.datanode import DataNode
from ndsc.resources.force import DeletionPolicy, Force
from ndsc_operator.children import access, database, namespace, network, policies, quota, workload
from ndsc_operator.children.common import Object
from ndsc_operator.children.revision import Rendering, kept
from ndsc_operator.settings import Settings

RIGHTS = "Rights"
"""The step after which the operator may work in a force's namespace."""


@dataclass(frozen=True, slots=True)
class Step:
    """Children that are applied together; the next step waits until they are as they should be."""

    name: str
    children: tuple[Object, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """What a node's children depend on besides its manifest."""

    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN
    monitored: bool = False
    """Whether the cluster has ServiceMonitors."""
    running_image: str = ""
    """Of the API, where one is there."""
    asleep: bool = False
    """Whether the API sleeps and is not to be woken yet, for its database is not awake."""
    database_id: str = ""
    """Of the database that is there: another one is migrated anew."""
    database_claim: str = ""
    """Digest of an outside database."""
    service_role: str = database.SERVICE
    """That the API works as in the database."""
    credentials: str = ""
    """Of the password that the API works with."""
    there: Mapping[str, Object] = field(default_factory=dict)
    """By kind: the node's Cluster, Job and Deployment as they are."""
    revisions: tuple[Object, ...] = ()
    """What was kept of them."""

    def finding(self, *children: Object | None) -> Situation:
        """With those of the children that are there."""
        return replace(self, there={**self.there, **{one["kind"]: one for one in children if one is not None}})


FRESH = Situation()
"""Of a node that is not there yet."""


def force_steps(force: Force, settings: Settings) -> Iterator[Step]:
    """The tenancy: nothing runs in it before its walls stand."""
    yield Step("Namespace", (namespace.namespace(force, settings),))
    yield Step(RIGHTS, (access.operation(force, settings),))
    yield Step(
        "Tenancy",
        (
            quota.resource_quota(force, settings),
            quota.limit_range(force, settings),
            *network.network_policies(force, settings),
            access.administration(force, settings),
        ),
    )


def node_steps(node: DataNode, settings: Settings, its: Situation = FRESH) -> Iterator[Step]:
    """The workload, all of it: its database, the tables in it, then what answers."""
    image = workload.wanted_image(node, settings, its.running_image)
    yield database_step(node, settings, its)
    yield migration_step(node, settings, image, its)
    yield api_step(node, settings, image, its)


def database_rendering(node: DataNode, settings: Settings, its: Situation) -> Rendering:
    """The database's servers: another version of the node may have others."""
    wanted = {"image": workload.wanted_image(node, settings, its.running_image)}
    return Rendering(wanted, database.servers(node, settings), kept(its.there.get("Cluster"), its.revisions))


def database_step(node: DataNode, settings: Settings, its: Situation) -> Step:
    """What keeps the records, unless somebody else runs it."""
    if not database.is_managed(node):
        return _step("Database")
    servers = database_rendering(node, settings, its).applied
    return _step("Database", database.database(node, settings, servers, its.deletion_policy))


def migration_step(node: DataNode, settings: Settings, image: str, its: Situation) -> Step:
    """What brings the tables to an image's version."""
    job = workload.migration(node, settings, image, its.database_id, its.service_role)
    return _step("Migration", workload.begun(job, its.there.get("Job")))


def api_rendering(node: DataNode, settings: Settings, image: str, its: Situation) -> Rendering:
    """The API's pods."""
    wanted = workload.asked(node, image, its.credentials)
    newest = workload.template(node, settings, image, its.credentials)
    return Rendering(wanted, newest, kept(its.there.get("Deployment"), its.revisions))


def api_step(node: DataNode, settings: Settings, image: str, its: Situation) -> Step:
    """What answers, on an image."""
    asleep = node.spec.hibernated or its.asleep
    pods = api_rendering(node, settings, image, its).applied
    return _step(
        "Api",
        workload.service(node, settings, its.database_claim),
        policies.policies(node, settings),
        workload.deployment(node, pods, asleep=asleep),
        workload.autoscaler(node, settings) if not asleep else None,
        workload.disruption_budget(node, settings),
        workload.monitor(node, settings) if its.monitored else None,
    )


def newer_renderings(node: DataNode, settings: Settings, image: str, its: Situation) -> tuple[str, ...]:
    """What of a node this version of the operator would run otherwise, and does not for it would restart it."""
    api = api_rendering(node, settings, image, its)
    servers = database_rendering(node, settings, its) if database.is_managed(node) else None
    return (
        *((f"Deployment {node.name}-api",) if api.waits else ()),
        *((f"Cluster {database.name_of(node)}",) if servers and servers.waits else ()),
    )


def _step(name: str, *children: Object | None) -> Step:
    return Step(name, tuple(child for child in children if child is not None))
