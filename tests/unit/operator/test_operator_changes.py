"""Which changes of a child are news: not that a status was counted anew which nobody judges."""

from __future__ import annotations

from typing import Any

import pytest

from ndsc_operator.changes import digest


def child(kind: str, **parts: Any) -> dict[str, Any]:
    its = {"name": "a", "resourceVersion": "1", "generation": 1, "managedFields": []}
    return {"kind": kind, "metadata": its, "spec": {"most": 1}, **parts}


@pytest.mark.parametrize("kind", ["ResourceQuota", "PodDisruptionBudget", "HorizontalPodAutoscaler", "Namespace"])
def test_a_status_that_nobody_judges_is_no_news(kind: str) -> None:
    assert digest(child(kind, status={"used": 1})) == digest(child(kind, status={"used": 2}))


@pytest.mark.parametrize("kind", ["Cluster", "Job", "Deployment"])
def test_a_status_that_says_how_a_node_is_is_news(kind: str) -> None:
    assert digest(child(kind, status={"ready": 1})) != digest(child(kind, status={"ready": 2}))


@pytest.mark.parametrize("kind", ["ResourceQuota", "Deployment"])
def test_what_was_asked_of_it_is_news_and_what_counts_its_changes_is_not(kind: str) -> None:
    before = child(kind)
    assert digest(child(kind, spec={"most": 2})) != digest(before)
    assert digest({**before, "metadata": {**before["metadata"], "labels": {"a": "b"}}}) != digest(before)
    counted = {"resourceVersion": "2", "generation": 2, "managedFields": [{"manager": "somebody"}]}
    assert digest({**before, "metadata": {**before["metadata"], **counted}}) == digest(before)
