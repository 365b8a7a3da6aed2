"""A real cluster, which `make e2e` brings up and enters; without one these tests say so and do not run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e import evidence
from tests.e2e import pair as pairs
from tests.e2e.cluster import PLATFORM, Kubectl, define, helm_tried, install
from tests.e2e.pair import Pair


@pytest.fixture(scope="session")
def kubectl() -> Kubectl:
    if not os.environ.get("KUBECONFIG") or shutil.which("kubectl") is None:
        pytest.fail("no cluster: run `make e2e`, or `make cluster` and then these tests in `make cluster-shell`")
    return Kubectl()


@pytest.fixture(scope="session")
def definitions(kubectl: Kubectl) -> None:
    """The custom resource definitions, from their chart."""
    define()
    kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "-l", "app.kubernetes.io/part-of=ndsc")


@pytest.fixture(scope="session")
def operator(kubectl: Kubectl, definitions: None) -> str:
    """The operator in the cluster, from its image and chart: the namespace that it runs in."""
    if kubectl.get("namespace", PLATFORM) is None:
        kubectl("create", "namespace", PLATFORM)
    kubectl("label", "namespace", PLATFORM, "--overwrite", "pod-security.kubernetes.io/enforce=restricted")
    there = helm_tried("status", "ndsc", "--namespace", PLATFORM).returncode == 0
    install(*(() if there else ("--set", "centralServices.enabled=false")))
    return PLATFORM


@pytest.fixture(scope="session")
def platform(operator: str) -> str:
    """The whole platform: the central services too, each ready. The namespace that it runs in."""
    install("--set", "centralServices.enabled=true", seconds=300)
    return operator


@pytest.fixture(scope="session")
def pair(kubectl: Kubectl, platform: str) -> Iterator[Pair]:
    """Two forces and what tests break of them; those that use it come after all others, and leave it whole."""
    yield pairs.brought_up(kubectl)
    pairs.taken_away(kubectl)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """What a failed test's cluster looked like, in a folder that the failure names."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.failed and os.environ.get("KUBECONFIG"):
        folder = evidence.gather(item.nodeid, report.longreprtext)
        said = f"are in {folder}" if folder else "were not kept: too many tests failed before"
        report.sections.append(("cluster", f"Logs, events and manifests {said}"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs an untouched cluster comes first, what breaks it late, and what judges the whole run last."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[bool, bool, bool]:
    last, first = (item.get_closest_marker(name) is not None for name in ("last", "first"))
    return last, "pair" in getattr(item, "fixturenames", ()), not first
