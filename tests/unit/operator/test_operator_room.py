"""Whether a quota leaves room: what is asked for is held against what is counted, in the units of Kubernetes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ndsc_operator.room import amount, is_counted, lacking, wanted

DATABASE = {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}}


def quota(hard: dict[str, str], used: dict[str, str]) -> dict[str, Any]:
    return {"kind": "ResourceQuota", "status": {"hard": hard, "used": used}}


@pytest.mark.parametrize(
    ("written", "is_"),
    [
        ("0", "0"),
        ("2", "2"),
        ("1.5", "1.5"),
        ("1500m", "1.5"),
        ("250u", "0.00025"),
        ("3k", "3000"),
        ("1Ki", "1024"),
        ("1Gi", "1073741824"),
        ("1G", "1000000000"),
        ("2E", "2000000000000000000"),
        ("2E3", "2000"),
    ],
)
def test_a_quantity(written: str, is_: str) -> None:
    assert amount(written) == Decimal(is_)


@pytest.mark.parametrize("written", ["", "many", "1 Gi", "1gi", "-1", "1e3x", "mi"])
def test_what_is_no_quantity(written: str) -> None:
    with pytest.raises(ValueError, match="no quantity"):
        amount(written)


def test_what_a_pod_asks_for_goes_by_the_quota_s_names() -> None:
    assert wanted(DATABASE) == {"requests.cpu": "50m", "requests.memory": "256Mi", "limits.memory": "1Gi"}


@pytest.mark.parametrize(
    ("hard", "used", "said"),
    [
        ({"limits.memory": "1Gi"}, {"limits.memory": "0"}, ""),
        (
            {"limits.memory": "1Gi"},
            {"limits.memory": "1Mi"},
            "limits.memory 1Gi asked for, 1Mi of 1Gi in use",
        ),
        ({"requests.cpu": "1"}, {"requests.cpu": "950m"}, ""),
        ({"requests.cpu": "1"}, {"requests.cpu": "951m"}, "requests.cpu 50m asked for, 951m of 1 in use"),
        ({"pods": "0"}, {"pods": "0"}, ""),
        ({"limits.memory": "1Mi"}, {}, ""),
    ],
)
def test_what_there_is_too_little_of_is_named_with_its_numbers(
    hard: dict[str, str], used: dict[str, str], said: str
) -> None:
    assert lacking([quota(hard, used)], wanted(DATABASE)) == said


def test_a_quota_that_nobody_has_counted_yet_says_nothing() -> None:
    assert lacking([{"kind": "ResourceQuota"}], wanted(DATABASE)) == ""
    assert lacking([], wanted(DATABASE)) == ""


@pytest.mark.parametrize(("phase", "counts"), [("Pending", True), ("Running", True), ("Succeeded", False)])
def test_a_pod_that_has_ended_has_given_its_room_back(phase: str, counts: bool) -> None:
    assert is_counted({"status": {"phase": phase}}) is counts
