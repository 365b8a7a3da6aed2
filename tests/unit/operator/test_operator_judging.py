"""What the state of children says of a data node, and what all of it comes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ndsc.resources.base import ConditionStatus
from ndsc.resources.datanode import DataNode
from ndsc_operator import conditions, judging, standing
from ndsc_operator.conditions import Verdict
from ndsc_operator.standing import Standing

Object = dict[str, Any]
NODE = DataNode.model_validate({"metadata": {"name": "kent"}, "spec": {"force": "kent"}})
ASLEEP = DataNode.model_validate({"metadata": {"name": "kent"}, "spec": {"force": "kent", "hibernated": True}})


def cluster(annotation: str = "off", **status: Any) -> Object:
    return {"metadata": {"name": "kent-db", "annotations": {"cnpg.io/hibernation": annotation}}, "status": status}


@pytest.mark.parametrize(("seconds", "fresh"), [(0, True), (3, True), (5, False), (-3_600, False)])
def test_what_was_made_within_some_seconds_is_fresh_by_a_clock_that_is_right(seconds: int, fresh: bool) -> None:
    made = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    assert judging.is_fresh({"metadata": {"creationTimestamp": made}}) is fresh


ROLE = {"byStatus": {"reconciled": ["ndsc_service"]}}
SLEEPING = [{"type": "cnpg.io/hibernation", "status": "True"}]


@pytest.mark.parametrize(
    ("its", "reason"),
    [
        (cluster(), "DatabaseStarting"),
        (cluster(phase="Setting up primary"), "DatabaseStarting"),
        (cluster(phase="Not enough disk space"), "DatabaseFull"),
        (cluster(readyInstances=1), "DatabaseRoleMissing"),
        (cluster(readyInstances=1, managedRolesStatus=ROLE), "DatabaseHealthy"),
        (cluster("on", readyInstances=1, managedRolesStatus=ROLE), "DatabaseHibernated"),
        (cluster(readyInstances=1, managedRolesStatus=ROLE, conditions=SLEEPING), "DatabaseStarting"),
    ],
)
def test_a_database(its: Object, reason: str) -> None:
    assert judging.database(its).reason.name == reason


def test_why_a_role_cannot_be_made_is_told() -> None:
    roles = {"cannotReconcile": {"ndsc_service": ["no such Secret"]}}
    assert "no such Secret" in judging.database(cluster(readyInstances=1, managedRolesStatus=roles)).text


def job(**status: Any) -> Object:
    return {"metadata": {"name": "kent-migrate-1", "namespace": "kent"}, "status": status}


def waiting(reason: str) -> Object:
    state = {"name": "api", "state": {"waiting": {"reason": reason, "message": "it said"}}}
    return {"metadata": {"name": "kent-1"}, "status": {"containerStatuses": [state]}}


@pytest.mark.parametrize(
    ("its", "pods", "reason"),
    [
        (job(), [], "Migrating"),
        (job(), [waiting("ContainerCreating")], "Migrating"),
        (job(), [waiting("ImagePullBackOff")], "MigrationFailed"),
        (job(failed=1), [], "MigrationFailed"),
        (job(conditions=[{"type": "Failed", "status": "True"}]), [], "MigrationFailed"),
        (job(failed=1, conditions=[{"type": "Complete", "status": "True"}]), [], "Migrated"),
    ],
)
def test_a_migration(its: Object, pods: list[Object], reason: str) -> None:
    assert judging.migration(its, pods).reason.name == reason


def deployment(wanted: int = 1, generation: int = 1, **status: Any) -> Object:
    spec = {"replicas": wanted, "template": {"spec": {"containers": [{"name": "api", "image": "ndsc:1"}]}}}
    return {"metadata": {"name": "kent-api", "generation": generation}, "spec": spec, "status": status}


UP = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1}


def test_the_api_is_there_once_one_copy_answers() -> None:
    assert judging.api(deployment(), []).reason is conditions.API_STARTING
    assert judging.api(deployment(), [waiting("CrashLoopBackOff")]).reason is conditions.API_FAILING
    assert judging.api(deployment(2, readyReplicas=1), []).holds


def test_a_rollout_is_over_when_every_copy_is_of_the_present_template() -> None:
    assert judging.is_rolled_out(deployment(**UP))
    assert not judging.is_rolled_out(deployment(generation=2, **UP))
    assert not judging.is_rolled_out(deployment(2, **UP))
    assert judging.is_rolled_out(deployment(0, observedGeneration=1))


WELL = Verdict(conditions.DATABASE_HEALTHY)
MIGRATED, FAILED = Verdict(conditions.MIGRATED), Verdict(conditions.MIGRATION_FAILED, "It failed.")


def judged(node: DataNode, its: Standing) -> dict[str, tuple[ConditionStatus, str]]:
    status = standing.of(node, its).onto(node, 3)
    assert all(one.observed_generation == 3 for one in status.conditions)
    return {one.type: (one.status, one.reason) for one in status.conditions}


def test_all_well() -> None:
    its = Standing(WELL, MIGRATED, Verdict(conditions.AVAILABLE), deployment(**UP), "ndsc:1", "ndsc:1", ())
    assert judged(NODE, its) == {
        "Ready": ("True", "Available"),
        "DatabaseReady": ("True", "DatabaseHealthy"),
        "MigrationsApplied": ("True", "Migrated"),
        "Progressing": ("False", "Settled"),
        "Degraded": ("False", "AsAsked"),
    }
    assert not its.waits
    assert standing.of(NODE, its).onto(NODE, 1).version == "1"


def test_before_anything_answers_the_whole_lacks_what_the_first_step_lacks() -> None:
    starting = Verdict(conditions.DATABASE_STARTING)
    its = Standing(starting, Verdict(conditions.MIGRATION_WAITS), None, None, "", "ndsc:1", ())
    found = judged(NODE, its)
    assert found["Ready"] == ("False", "DatabaseStarting")
    assert found["MigrationsApplied"][0] == "Unknown"
    assert found["Progressing"] == ("True", "Working")
    assert its.waits


def test_a_migration_that_fails_leaves_the_version_before_serving() -> None:
    its = Standing(WELL, FAILED, Verdict(conditions.AVAILABLE), deployment(**UP), "ndsc:1", "ndsc:2", ())
    found = judged(NODE, its)
    assert found["Ready"] == ("True", "Available")
    assert found["Progressing"] == ("False", "Blocked")
    assert found["Degraded"] == ("True", "Incomplete")


def test_asleep_it_is_settled_and_not_ready() -> None:
    sleeping = Verdict(conditions.DATABASE_ASLEEP)
    asleep = deployment(0, observedGeneration=1)
    its = Standing(sleeping, MIGRATED, Verdict(conditions.API_STARTING), asleep, "ndsc:1", "ndsc:1", ())
    found = judged(ASLEEP, its)
    assert found["Ready"] == ("False", "Hibernated")
    assert found["Progressing"] == ("False", "Settled")


def test_a_connector_that_is_missing_is_told() -> None:
    missing = ("connector crimes: no key c.yaml in a ConfigMap own",)
    its = Standing(WELL, MIGRATED, Verdict(conditions.AVAILABLE), deployment(**UP), "ndsc:1", "ndsc:1", missing)
    assert judged(NODE, its)["Degraded"] == ("True", "Incomplete")
    assert its.waits


@pytest.mark.parametrize(
    ("image", "version"),
    [("r.example/ndsc:1.2", "1.2"), ("r.example:5000/ndsc", None), ("r.example/ndsc@sha256:ab", None), ("", None)],
)
def test_the_version_is_the_tag_of_the_image(image: str, version: str | None) -> None:
    assert standing.version(image) == version
