"""The NetworkPolicies of real forces: nothing enforces them here, so they are evaluated, each pair and each port."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.cluster import Kubectl
from tests.e2e.test_e2e_tenancy import force
from tests.helming import Helm, tool
from tests.walled import NODES, SYSTEM, Object, forces, parties, platform
from tests.walls import OUTSIDERS, Way, expected, open_ways

API_SERVER_PORTS = {443, 6443}
OUTSIDE = {one.name for one in OUTSIDERS}


@pytest.fixture(scope="module")
def real(kubectl: Kubectl, operator: str) -> Iterator[list[Object]]:
    """The policies of the forces' namespaces, as the operator made them; of the platform's, as they are or will be."""
    there = [code for code in NODES if kubectl.get("force", code)]
    for code in NODES:
        assert kubectl.apply(force(code)).returncode == 0
        kubectl("wait", "--for=condition=Ready", f"force/{code}", "--timeout=60s")
    found: list[Object] = []
    for namespace in NODES:
        found += json.loads(kubectl("get", "networkpolicies", "-n", namespace, "-o", "json"))["items"]
    yield found
    for code in NODES.keys() - set(there):
        kubectl("delete", f"force/{code}", f"namespace/{code}", "--wait=false")


def test_two_real_forces_leave_open_what_the_docs_say(real: list[Object], tmp_path: Path) -> None:
    cyclonus, helm = tool("cyclonus", "cyclonus"), tool("helm", "helm")
    assert cyclonus
    assert helm
    central = platform(Helm(helm))
    everybody = parties([*central, *forces()])
    policies = [*real, *(one for one in central if one["kind"] == "NetworkPolicy")]
    assert {one["metadata"]["namespace"] for one in policies} == {*NODES, SYSTEM}
    found, wanted = open_ways(cyclonus, tmp_path, policies, everybody), expected(everybody)
    assert inside(found) == inside(wanted)


def inside(ways: set[Way]) -> list[Way]:
    """Without the API server's ports outside: this cluster's chart names no address of it, which leaves all open."""
    return sorted(way for way in ways if not (way[1] in OUTSIDE and way[2] in API_SERVER_PORTS))
