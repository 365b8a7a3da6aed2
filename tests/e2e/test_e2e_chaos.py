"""What is broken while officers search and forces load: nothing acknowledged is lost, no answer is wrong, all heals.

Each test breaks one thing on a real cluster with a real kubelet. Meanwhile an officer searches all the time, and two
forces load; at the end every answer is judged, and everything that was acknowledged is looked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.e2e import pair as pairs
from tests.e2e.conftest import Kubectl, until
from tests.e2e.pair import READY_SECONDS, Pair
from tests.e2e.traffic import Traffic

FORCES = ("wiltshire", "suffolk")
SECOND = FORCES[1]

Say = Callable[[str, Any], None]
"""What a test saw, for its report."""

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def pair(kubectl: Kubectl, platform: str) -> Pair:
    return pairs.brought_up(kubectl, FORCES)


@pytest.fixture(autouse=True)
def well(pair: Pair) -> None:
    """What the test before broke is whole again."""
    until(pair.ready, seconds=READY_SECONDS)


def judged(traffic: Traffic, say: Say) -> None:
    """Say what was counted, and see that none of it is wrong or lost."""
    say("counted", dict(traffic.counts()))
    traffic.verify()


def test_the_node_s_pod_is_deleted(kubectl: Kubectl, pair: Pair, record_property: Say) -> None:
    with pair.traffic() as traffic:
        [before] = pair.pods(SECOND, "api")
        kubectl("delete", "pod", before, "-n", SECOND, "--grace-period=0", "--force")
        until(lambda: pair.pods(SECOND, "api") and before not in pair.pods(SECOND, "api"), seconds=60)
        until(pair.ready, seconds=READY_SECONDS)
    judged(traffic, record_property)


def test_an_image_that_is_not_there(kubectl: Kubectl, pair: Pair, record_property: Say) -> None:
    with pair.traffic() as traffic:
        pair.patch(SECOND, {"image": "ndsc.local/absent:9.9.9"})
        try:
            until(lambda: pair.condition(SECOND, "MigrationsApplied").get("reason") == "MigrationFailed", seconds=90)
            assert "ndsc.local/absent:9.9.9" in pair.condition(SECOND, "Degraded")["message"]
            assert pair.condition(SECOND, "Ready")["status"] == "True"
        finally:
            pair.patch(SECOND, {"image": None})
        until(lambda: pair.condition(SECOND, "Degraded").get("status") == "False", seconds=120)
    judged(traffic, record_property)
    assert {search.kind for search in traffic.searches} == {"complete"}
