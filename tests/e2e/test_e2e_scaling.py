"""Each node grows by its own load: what one force loads costs no other force a copy."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from tests.e2e import services, traffic
from tests.e2e.cluster import Kubectl, until
from tests.e2e.pair import FORCES, Pair

BUSY, QUIET = FORCES
GROWN_SECONDS = 240
_ROWS = 500

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def growing(pair: Pair) -> Iterator[None]:
    """The forces' nodes may each grow to two copies."""
    for force in FORCES:
        pair.patch(force, {"replicas": {"min": 1, "max": 2}})
    yield
    for force in FORCES:
        pair.patch(force, {"replicas": {"min": 1, "max": 1}})
    until(lambda: all(len(pair.pods(force, "api")) == 1 for force in FORCES), seconds=60)


def test_load_on_one_forces_node_grows_that_node_alone(kubectl: Kubectl, pair: Pair, growing: None) -> None:
    until(lambda: all(limit(kubectl, force) == 2 for force in FORCES), seconds=30)
    until(lambda: copies(kubectl, QUIET) == 1, seconds=GROWN_SECONDS)  # no longer busy with what went before
    with loading(kubectl, BUSY):
        until(lambda: copies(kubectl, BUSY) == 2, seconds=GROWN_SECONDS)
        until(lambda: (kubectl.get("datanode", BUSY)["status"].get("readyReplicas")) == 2, seconds=120)
        assert copies(kubectl, QUIET) == 1


def limit(kubectl: Kubectl, force: str) -> int:
    """The most copies that a node's autoscaler makes."""
    return int(kubectl.get("hpa", f"{force}-api", "-n", force)["spec"]["maxReplicas"])


def copies(kubectl: Kubectl, force: str) -> int:
    """The copies that are wanted of a node's API."""
    return int(kubectl.get("deployment", f"{force}-api", "-n", force)["spec"]["replicas"])


@contextmanager
def loading(kubectl: Kubectl, force: str) -> Iterator[None]:
    """One load after the other."""
    over = threading.Event()

    def load() -> None:
        with services.loader(kubectl, force, force) as send:
            for number in itertools.count():
                if over.is_set():
                    return
                rows = (traffic.somebody(f"SYN-{number}-{each}") for each in range(_ROWS))
                try:
                    send(traffic.CONNECTOR, f"busy-{number}.jsonl", "".join(row.line() for row in rows).encode())
                except (httpx.HTTPError, services.LoadRefusedError):
                    over.wait(1)  # of two copies one may be starting

    worker = threading.Thread(target=load, daemon=True)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()
