"""The story says what the entry says, and nothing that it does not."""

from __future__ import annotations

from typing import Any

import pytest

from ndsc.audit.entries import Entry, Operation, Subject
from ndsc.audit.story import tell


def told(operation: Operation, **fields: Any) -> str:
    return tell(Entry.model_validate({"operation": operation, "actor": "pc-1287", **fields}))


def test_a_disclosure_says_who_was_given_what_for_what_and_why() -> None:
    sentence = told(
        Operation.DISCLOSURE,
        actor_force="south-wales",
        purpose="prevent-crime",
        justification="named by a witness",
        reference="52/1234/26",
        subject=["kent.p.aaaa", "kent.o.bbbb"],
        recipients=["pc-1287@south-wales"],
    )
    assert sentence == (
        "pc-1287 of south-wales was given records kent.o.bbbb and kent.p.aaaa to prevent crime for 52/1234/26, "
        "saying “named by a witness”."
    )


def test_recipients_other_than_the_asker_are_named() -> None:
    sentence = told(Operation.DISCLOSURE, subject=["kent.p.a"], recipients=["gwent", "north-wales"])
    assert sentence == "pc-1287 was given record kent.p.a; passed to gwent and north-wales."


@pytest.mark.parametrize(
    ("operation", "verb"),
    [
        (Operation.COLLECTION, "collected"),
        (Operation.ALTERATION, "altered"),
        (Operation.CONSULTATION, "consulted"),
        (Operation.COMBINATION, "saw together"),
        (Operation.ERASURE, "erased"),
    ],
)
def test_each_operation_has_its_word(operation: Operation, verb: str) -> None:
    assert told(operation, subject=["kent.p.a"]) == f"pc-1287 {verb} record kent.p.a."


def test_many_records_are_counted_and_the_first_ones_named() -> None:
    sentence = told(Operation.COLLECTION, subject=[f"kent.p.{letter}" for letter in "abcde"])
    assert sentence == "pc-1287 collected 5 records (kent.p.a, kent.p.b, kent.p.c and 2 more)."


def test_records_too_many_to_name_are_counted() -> None:
    sentence = told(Operation.COLLECTION, subject=[f"kent.p.{number}" for number in range(2000)])
    assert sentence == "pc-1287 collected 2,000 records."


def test_a_search_that_found_nothing_says_so() -> None:
    assert told(Operation.CONSULTATION, purpose="statutory-duty") == (
        "pc-1287 consulted no record (none was held, or none could be shown) under a statutory duty."
    )


def test_reading_the_log_is_told_as_such() -> None:
    sentence = told(Operation.CONSULTATION, purpose="lawfulness", detail={"log": "node/kent"})
    assert sentence == "pc-1287 consulted the audit log of node/kent to verify that processing was lawful."


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({"elements": 1, "epoch": 1}, "gateway consulted 1 blinded index key."),
        ({"tokens": 1_400, "holders": 4}, "gateway consulted 1,400 index tokens."),
    ],
)
def test_the_parts_that_see_no_record_say_what_they_count(detail: dict[str, str | int], said: str) -> None:
    entry = Entry(operation=Operation.CONSULTATION, actor="gateway", subject=Subject(count=4), detail=detail)
    assert tell(entry) == said
