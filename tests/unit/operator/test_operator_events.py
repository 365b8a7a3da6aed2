"""Events: each change once, to be found beside what it is about."""

from __future__ import annotations

from typing import Any

from ndsc.resources.force import ForceStatus
from ndsc_operator import conditions
from ndsc_operator.conditions import Verdict, with_verdict
from ndsc_operator.events import changed, event

FORCE = {"apiVersion": "ndsc.police.uk/v1alpha1", "kind": "Force", "metadata": {"name": "kent", "uid": "1"}}
NODE = {"apiVersion": "ndsc.police.uk/v1alpha1", "kind": "DataNode"}
IN_KENT: dict[str, Any] = NODE | {"metadata": {"name": "kent", "namespace": "kent", "uid": "2"}}
BEFORE = ForceStatus()
WAITING = with_verdict(BEFORE, Verdict(conditions.NOT_DONE, "Step one."), 1)
READY = with_verdict(WAITING, Verdict(conditions.AVAILABLE), 1)
TAKEN = with_verdict(BEFORE, Verdict(conditions.NAMESPACE_TAKEN, "kent is theirs."), 1)


def test_a_change_of_a_condition_is_told_and_another_message_of_the_same_is_not() -> None:
    assert [one.reason for one in changed(BEFORE, WAITING)] == ["Progressing"]
    assert list(changed(WAITING, with_verdict(WAITING, Verdict(conditions.NOT_DONE, "Step two."), 1))) == []
    assert [one.reason for one in changed(WAITING, READY)] == ["Available"]


def test_the_same_told_again_is_the_same_event() -> None:
    one, again = (event(FORCE, READY.conditions[0], "pod-1") for _ in range(2))
    assert one["metadata"] == again["metadata"]
    assert event(FORCE, WAITING.conditions[0], "pod-1")["metadata"]["name"] != one["metadata"]["name"]


def test_it_lies_beside_what_it_is_about_and_that_of_a_cluster_wide_one_in_default() -> None:
    assert event(IN_KENT, READY.conditions[0], "pod")["metadata"]["namespace"] == "kent"
    assert event(FORCE, READY.conditions[0], "pod")["metadata"]["namespace"] == "default"


def test_what_a_person_should_look_at_is_a_warning_and_says_what_to_do() -> None:
    warning = event(FORCE, TAKEN.conditions[0], "pod")
    assert warning["type"] == "Warning"
    assert conditions.NAMESPACE_TAKEN.remedy in warning["note"]
    assert event(FORCE, WAITING.conditions[0], "pod")["type"] == "Normal"
    assert event(FORCE, READY.conditions[0], "pod")["type"] == "Normal"


def test_a_long_note_is_cut_to_what_the_server_takes() -> None:
    long = with_verdict(BEFORE, Verdict(conditions.NOT_DONE, "ü" * 2000), 1)
    assert len(event(FORCE, long.conditions[0], "pod")["note"].encode()) <= 1024
