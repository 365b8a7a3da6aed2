"""What a resource's children are, and in which order they are made: everything here is pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force
from ndsc_operator.children import access, database, namespace, network, quota, workload
from ndsc_operator.children.common import Object
from ndsc_operator.settings import Settings


@dataclass(frozen=True, slots=True)
class Step:
    """Children that are applied together; the next step waits until they are as they should be."""

    name: str
    children: tuple[Object, ...]


def force_steps(force: Force, settings: Settings) -> Iterator[Step]:
    """The tenancy: nothing runs in it before its walls stand."""
    yield Step("Namespace", (namespace.namespace(force, settings),))
    yield Step(
        "Tenancy",
        (
            quota.resource_quota(force, settings),
            quota.limit_range(force, settings),
            *network.network_policies(force, settings),
            access.administration(force, settings),
        ),
    )


def node_steps(node: DataNode, settings: Settings, *, monitored: bool = False) -> Iterator[Step]:
    """The workload: its database, the tables in it, then what answers."""
    yield _step("Database", database.database(node, settings))
    yield _step("Migration", workload.migration(node, settings))
    yield _step(
        "Api",
        workload.service(node, settings),
        workload.deployment(node, settings),
        workload.autoscaler(node, settings),
        workload.disruption_budget(node, settings),
        workload.monitor(node, settings) if monitored else None,
    )


def _step(name: str, *children: Object | None) -> Step:
    return Step(name, tuple(child for child in children if child is not None))
