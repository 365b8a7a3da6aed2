"""What a resource's children are, and in which order they are made: everything here is pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ndsc.resources.datanode import DataNode
from ndsc.resources.force import DeletionPolicy, Force
from ndsc_operator.children import access, database, namespace, network, policies, quota, workload
from ndsc_operator.children.common import Object
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


def database_step(node: DataNode, settings: Settings, its: Situation) -> Step:
    """What keeps the records."""
    return _step("Database", database.database(node, settings, its.deletion_policy))


def migration_step(node: DataNode, settings: Settings, image: str, its: Situation) -> Step:
    """What brings the tables to an image's version."""
    return _step("Migration", workload.migration(node, settings, image, its.database_id, its.service_role))


def api_step(node: DataNode, settings: Settings, image: str, its: Situation) -> Step:
    """What answers, on an image."""
    asleep = node.spec.hibernated or its.asleep
    return _step(
        "Api",
        workload.service(node, settings, its.database_claim),
        policies.policies(node, settings),
        workload.deployment(node, settings, image, its.credentials, asleep=asleep),
        workload.autoscaler(node, settings) if not asleep else None,
        workload.disruption_budget(node, settings),
        workload.monitor(node, settings) if its.monitored else None,
    )


def _step(name: str, *children: Object | None) -> Step:
    return Step(name, tuple(child for child in children if child is not None))
