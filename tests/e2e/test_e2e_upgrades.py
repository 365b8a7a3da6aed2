"""New versions while officers search: a new operator restarts no node; a node's new version comes after its migration.

There is one build of the image here, under several tags: what is tried is how a version comes, not what is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from tests.e2e import local
from tests.e2e.cluster import PLATFORM, Kubectl, install, until
from tests.e2e.pair import FORCES, READY_SECONDS, Pair
from tests.e2e.test_e2e_chaos import Say, judged

from ndsc import __version__

REPOSITORY = "ndsc.local/ndsc"
NEXT, BROKEN = f"{__version__}-next", f"{__version__}-broken"

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def versions(kubectl: Kubectl, pair: Pair) -> Iterator[None]:
    """A next version, and one whose migration fails: it is another program, which knows no such command."""
    local.tag(f"{REPOSITORY}:{__version__}", f"{REPOSITORY}:{NEXT}")
    local.tag(opa_image(kubectl), f"{REPOSITORY}:{BROKEN}")
    yield
    install("--set", "image.tag=", seconds=240)


def opa_image(kubectl: Kubectl) -> str:
    containers = deployment(kubectl, FORCES[0])["spec"]["template"]["spec"]["containers"]
    return str(next(one["image"] for one in containers if one["name"] == "opa"))


def deployment(kubectl: Kubectl, force: str) -> dict[str, Any]:
    found: dict[str, Any] = kubectl.get("deployment", f"{force}-api", "-n", force)
    return found


def image(kubectl: Kubectl, force: str) -> str:
    """That the API of a force's node runs on."""
    containers = deployment(kubectl, force)["spec"]["template"]["spec"]["containers"]
    return str(next(one["image"] for one in containers if one["name"] == "api"))


def running(kubectl: Kubectl, force: str) -> dict[str, tuple[str, int]]:
    """The pods of a force that stay, each with its identity and how often its containers were started again."""
    listed = json.loads(kubectl("get", "pods", "-n", force, "-o", "json"))["items"]
    return {
        one["metadata"]["name"]: (
            one["metadata"]["uid"],
            sum(container["restartCount"] for container in one["status"].get("containerStatuses", ())),
        )
        for one in listed
        if "deletionTimestamp" not in one["metadata"]
    }


def test_a_new_operator_restarts_no_node(kubectl: Kubectl, pair: Pair, versions: None, record_property: Say) -> None:
    before = {force: running(kubectl, force) for force in FORCES}
    generations = {force: deployment(kubectl, force)["metadata"]["generation"] for force in FORCES}
    with pair.traffic() as traffic:
        install("--set", f"image.tag={NEXT}", seconds=300)
        until(lambda: operators(kubectl) == {f"{REPOSITORY}:{NEXT}"}, seconds=60)
        # It has looked at every node once something of each that was taken away is there again.
        for force in FORCES:
            kubectl("delete", "pdb", f"{force}-api", "-n", force)
            until(partial(kubectl.get, "pdb", f"{force}-api", "-n", force), seconds=30)
        until(pair.ready, seconds=READY_SECONDS)
    judged(traffic, record_property)
    assert {force: running(kubectl, force) for force in FORCES} == before
    assert {force: deployment(kubectl, force)["metadata"]["generation"] for force in FORCES} == generations


def operators(kubectl: Kubectl) -> set[str]:
    """The images that operators run on."""
    label = "app.kubernetes.io/name=ndsc-operator"
    pods = json.loads(kubectl("get", "pods", "-n", PLATFORM, "-l", label, "-o", "json"))["items"]
    return {one["spec"]["containers"][0]["image"] for one in pods}


def test_a_node_s_new_version_is_migrated_before_it_serves_and_no_search_is_lost(
    kubectl: Kubectl, pair: Pair, versions: None, record_property: Say
) -> None:
    force = FORCES[1]
    with pair.traffic() as traffic:
        pair.patch(force, {"version": NEXT})
        until(lambda: image(kubectl, force) == f"{REPOSITORY}:{NEXT}", seconds=120)
        assert NEXT in migrated(kubectl, force)
        until(lambda: status(kubectl, force).get("version") == NEXT, seconds=60)
        until(lambda: pair.condition(force, "Progressing").get("status") == "False", seconds=120)
    judged(traffic, record_property)
    assert {search.kind for search in traffic.searches} == {"complete"}
    assert image(kubectl, FORCES[0]) == f"{REPOSITORY}:{__version__}"


def migrated(kubectl: Kubectl, force: str) -> set[str]:
    """The versions that a force's tables were brought to: those of its jobs that are complete."""
    jobs = json.loads(kubectl("get", "jobs", "-n", force, "-o", "json"))["items"]
    done = [one for one in jobs if one["status"].get("succeeded")]
    return {one["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2] for one in done}


def status(kubectl: Kubectl, force: str) -> dict[str, Any]:
    found: dict[str, Any] = kubectl.get("datanode", force).get("status", {})
    return found


def test_a_version_whose_migration_fails_leaves_the_one_before_serving(
    kubectl: Kubectl, pair: Pair, versions: None, record_property: Say
) -> None:
    force = FORCES[1]
    before = image(kubectl, force)
    with pair.traffic() as traffic:
        pair.patch(force, {"version": BROKEN})
        until(lambda: pair.condition(force, "MigrationsApplied").get("reason") == "MigrationFailed", seconds=120)
        assert f"kubectl logs -n {force} job/" in pair.condition(force, "MigrationsApplied")["message"]
        until(lambda: BROKEN in pair.condition(force, "Degraded").get("message", ""), seconds=30)
        assert pair.condition(force, "Ready")["status"] == "True"
        assert image(kubectl, force) == before
        pair.patch(force, {"version": before.rpartition(":")[2]})
        until(lambda: pair.condition(force, "Degraded").get("status") == "False", seconds=120)
    judged(traffic, record_property)
    assert {search.kind for search in traffic.searches} == {"complete"}
    assert image(kubectl, force) == before
