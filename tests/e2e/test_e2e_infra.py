"""The Pulumi program on a real cluster: from what it declares, the whole platform comes up, and a force in it.

Pulumi's engine is not at hand here. Its mocks say what the engine would be told; this test does with each resource what
the engine's plug-in for Kubernetes does: a Release is installed by Helm, an object is applied and waited for as its
annotation says, each after all that it depends on. It comes first on a cluster that has nothing of ours: all tests
after it run on the platform that came up so.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.capturing import CUSTOM, RELEASE, Declared, captured
from tests.e2e.cluster import PLATFORM, Kubectl, helm, until
from tests.e2e.test_e2e_platform import PARTS, replicas
from tests.resources import agreement_object, force_object, node_object

pytestmark = [pytest.mark.first, pytest.mark.timeout(600)]

COMES_UP_SECONDS = 300
WAITS = "pulumi.com/waitFor"
"""How Pulumi is told what to wait for (its provider's annotation of that name)."""
FORCES = ("warwickshire", "west-mercia")
AGREEMENT = "infra-nominals"
NODE = "records"


def manifests() -> Iterator[dict[str, Any]]:
    """Two forces, a data node of one of them, and what they agreed."""
    made = (*map(force_object, FORCES), node_object(FORCES[0], NODE), agreement_object(AGREEMENT, *FORCES))
    for one in made:
        yield {name: value for name, value in one.items() if name != "status"}


@pytest.fixture(scope="module")
def declared(kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> list[Declared]:
    """What the program declares for a cluster that has CloudNativePG."""
    if kubectl.get("namespace", PLATFORM) is not None:
        pytest.skip("the platform has been on this cluster before: only a new one shows that it comes up (`make e2e`)")
    file = tmp_path_factory.mktemp("stack") / "forces.yaml"
    file.write_text(yaml.safe_dump_all(manifests()))
    return captured({"cloudnativePg": {"install": False}}, [str(file)])


@pytest.fixture(scope="module")
def stack(kubectl: Kubectl, declared: list[Declared]) -> Iterator[list[Declared]]:
    """All of it on the cluster, in the order of the program; the forces leave again."""
    started = time.monotonic()
    for one in declared:
        bring(kubectl, one, seconds=COMES_UP_SECONDS - (time.monotonic() - started))
    yield declared
    kubectl("delete", "datasharingagreement", AGREEMENT, "--timeout=30s")
    kubectl("delete", "datanode", NODE, "-n", FORCES[0], "--timeout=50s")
    gone = ("delete", "force", *FORCES, "--ignore-not-found", "--timeout=50s")
    until(lambda: kubectl.tried(*gone).returncode == 0, seconds=60)  # once they say that nothing binds them any more


def bring(kubectl: Kubectl, one: Declared, *, seconds: float) -> None:
    """Do with a resource what the engine has done with it; components and providers are nothing on a cluster."""
    if one.type == RELEASE:
        release(one.inputs, seconds=seconds)
    elif one.type.startswith((CUSTOM, "kubernetes:core/")):
        applied = kubectl.apply(one.manifest)
        assert applied.returncode == 0, applied.stderr
        wait(kubectl, one.manifest, seconds=seconds)


def release(its: dict[str, Any], *, seconds: float) -> None:
    """Helm's part of a Release: installed with its values, hooks and all, until everything is ready."""
    words = ["helm", "install", its["name"], its["chart"], "--namespace", its["namespace"], "--values", "-", "--wait"]
    values = json.dumps(its.get("values") or {})
    done = subprocess.run(
        [*words, f"--timeout={seconds:.0f}s"],
        input=values,
        capture_output=True,
        text=True,
        timeout=seconds + 30,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def wait(kubectl: Kubectl, manifest: dict[str, Any], *, seconds: float) -> None:
    """Until the object is as its annotation says."""
    its = manifest["metadata"]
    wanted = its.get("annotations", {}).get(WAITS)
    if wanted:
        where = ("-n", its["namespace"]) if "namespace" in its else ()
        waiting = (
            "wait",
            f"--for={wanted}",
            f"{manifest['kind'].lower()}.ndsc.police.uk/{its['name']}",
            "--timeout=20s",
        )
        until(lambda: kubectl.tried(*waiting, *where).returncode == 0, seconds=seconds)


def test_every_part_of_the_platform_is_ready(kubectl: Kubectl, stack: list[Declared]) -> None:
    assert all(replicas(kubectl, PLATFORM, part) == 1 for part in PARTS)
    assert replicas(kubectl, PLATFORM, "ndsc-operator") == 2
    said = helm("test", "ndsc", "--namespace", PLATFORM, "--logs", "--timeout=60s")
    assert said.count("well:") == len(PARTS) + 1


def test_the_platform_s_namespace_is_held_to_the_restricted_level(kubectl: Kubectl, stack: list[Declared]) -> None:
    labels = kubectl.get("namespace", PLATFORM)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_force_s_node_serves_and_the_agreement_is_in_force(kubectl: Kubectl, stack: list[Declared]) -> None:
    node = kubectl.get("datanode", NODE, "-n", FORCES[0])
    assert {one["type"]: one["status"] for one in node["status"]["conditions"]}["Ready"] == "True"
    until(
        lambda: kubectl.get("datasharingagreement", AGREEMENT)["status"].get("state") == "FINALIZED",
        seconds=30,
    )


def test_the_stack_brought_up_again_changes_nothing(kubectl: Kubectl, stack: list[Declared]) -> None:
    """As `pulumi up` with the same configuration: what is applied again is what is there."""

    def generations() -> dict[str, int]:
        kinds = "forces,datanodes,datasharingagreements,deployments,clusters.postgresql.cnpg.io"
        listed = json.loads(kubectl("get", kinds, "-A", "-o", "json"))["items"]
        return {f"{one['kind']}/{one['metadata']['name']}": one["metadata"]["generation"] for one in listed}

    before = generations()
    for one in stack:
        if one.type.startswith(CUSTOM):
            assert kubectl.apply(one.manifest).returncode == 0
    time.sleep(3)
    assert generations() == before
