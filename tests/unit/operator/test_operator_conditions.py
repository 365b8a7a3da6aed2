"""Conditions: each reason once, with a remedy where something is wrong, and all of them in the docs."""

from __future__ import annotations

from ndsc.resources.base import ConditionStatus
from ndsc.resources.force import ForceStatus
from ndsc_operator import conditions
from ndsc_operator.conditions import AVAILABLE, NOT_DONE, REASONS, Reason, with_reason


def test_each_reason_is_named_once_and_says_what_to_do() -> None:
    assert len({(one.condition, one.name) for one in REASONS}) == len(REASONS)
    assert all(one.remedy for one in REASONS if is_lacking(one))


def is_lacking(one: Reason) -> bool:
    """Whether something is not as it should be; of these two conditions, False is what should be."""
    good = ConditionStatus.FALSE if one.condition in {"Progressing", "Degraded"} else ConditionStatus.TRUE
    return one.status is not good


def test_no_reason_is_left_out_of_the_list_that_the_docs_are_made_of() -> None:
    assert {one for one in vars(conditions).values() if isinstance(one, conditions.Reason)} == set(REASONS)


def test_the_transition_time_stays_while_the_status_does() -> None:
    first = with_reason(ForceStatus(), AVAILABLE, "", 1)
    old = first.model_copy(
        update={"conditions": tuple(c.model_copy(update={"last_transition_time": _LONG_AGO}) for c in first.conditions)}
    )
    assert with_reason(old, AVAILABLE, "again", 2).conditions[0].last_transition_time == _LONG_AGO
    assert with_reason(old, NOT_DONE, "", 2).conditions[0].last_transition_time != _LONG_AGO
    assert with_reason(old, AVAILABLE, "again", 2).observed_generation == 2


def test_a_long_message_is_cut_to_what_the_api_server_takes() -> None:
    assert len(with_reason(ForceStatus(), AVAILABLE, "x" * 10_000, 1).conditions[0].message) == 4096


_LONG_AGO = (
    ForceStatus.model_validate(
        {
            "conditions": [
                {"type": "Ready", "status": "True", "reason": "Available", "lastTransitionTime": "2020-01-01T00:00:00Z"}
            ]
        }
    )
    .conditions[0]
    .last_transition_time
)
