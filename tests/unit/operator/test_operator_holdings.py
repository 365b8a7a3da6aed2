"""What a data node says that it holds: its place in the status, and who writes which part of that."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ndsc.resources.datanode import DataNode
from ndsc_operator import conditions, hands
from ndsc_operator.changes import Changes
from ndsc_operator.conditions import Verdict, with_verdict
from ndsc_operator.holdings import Holdings, after
from ndsc_operator.refs import Ref
from ndsc_operator.speaking import NoAnswerError

NODE = DataNode.model_validate({"metadata": {"name": "kent"}, "spec": {"force": "kent"}})
ANSWER: dict[str, Any] = {
    "records": 51_204,
    "quarantined": 12,
    "index_entries": 130_771,
    "records_waiting": 0,
    "registry_waiting": 0,
    "policy_revision": "3f0c",
    "listing_revision": "b7d1",
    "version": "0.2.0",
}


def told(**changes: Any) -> Holdings:
    return Holdings.model_validate(ANSWER | changes)


def test_what_it_says_stands_in_its_status() -> None:
    status = after(NODE, told(), 2)
    assert (status.records, status.quarantined, status.index_entries) == (51_204, 12, 130_771)
    assert (status.policy_revision, status.listing_revision) == ("3f0c", "b7d1")
    assert status.is_true("PolicyLoaded")
    assert status.is_true("IndexSynchronised")


@pytest.mark.parametrize("waiting", ["records_waiting", "registry_waiting"])
def test_an_index_that_is_behind_says_by_how_much(waiting: str) -> None:
    found = after(NODE, told(**{waiting: 7}), 2).condition("IndexSynchronised")
    assert found is not None
    assert (found.status, found.reason) == ("False", "IndexBehind")
    assert "7" in found.message


def test_a_node_that_does_not_answer_keeps_its_numbers_and_nothing_is_claimed_of_them() -> None:
    known = NODE.model_copy(update={"status": after(NODE, told(), 2)})
    status = after(known, NoAnswerError("It sleeps."), 3)
    assert status.records == 51_204
    for type_ in ("PolicyLoaded", "IndexSynchronised"):
        found = status.condition(type_)
        assert found is not None
        assert found.status == "Unknown"
        assert "It sleeps." in found.message


@pytest.mark.parametrize("changes", [{"records": -1}, {"records": "many"}, {"policy_revision": "x" * 500}])
def test_an_answer_of_another_form_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        told(**changes)


def test_two_hands_write_a_status_and_share_nothing() -> None:
    whole = conditions.plain(with_verdict(after(NODE, told(), 2), Verdict(conditions.AVAILABLE), 2))
    one, other = hands.children(whole), hands.holdings(whole)
    assert set(one) & set(other) == {"conditions"}
    assert {**one, **other}.keys() == whole.keys()
    types = [{each["type"] for each in part["conditions"]} for part in (one, other)]
    assert types == [{"Ready"}, {"PolicyLoaded", "IndexSynchronised"}]


def test_a_change_of_the_status_is_no_news_but_that_of_readiness() -> None:
    changes, ref = Changes(), Ref("v", "DataNode", "kent", "kent")

    def heard(generation: int = 1, ready: str = "False", *, records: int = 0, gone: bool = False) -> tuple[bool, bool]:
        status = {"records": records, "conditions": [{"type": "Ready", "status": ready}]}
        return changes.heard(ref, {"metadata": {"uid": "1", "generation": generation}, "status": status}, gone=gone)

    assert heard() == (True, True)
    assert heard(records=5) == (False, False)
    assert heard(ready="True") == (False, True)
    assert heard(2, "True") == (True, True)
    assert heard(2, "True", gone=True) == (True, True)
