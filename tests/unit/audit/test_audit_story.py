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


def test_what_touched_no_record_says_so() -> None:
    assert told(Operation.CONSULTATION, purpose="statutory-duty") == (
        "pc-1287 consulted no record under a statutory duty."
    )


def test_reading_the_log_is_told_as_such() -> None:
    sentence = told(Operation.CONSULTATION, purpose="lawfulness", detail={"log": "node/kent"})
    assert sentence == "pc-1287 consulted the audit log of node/kent to verify that processing was lawful."
    assert told(Operation.CONSULTATION, detail={"log": "gateway", "about": "pc-3"}) == (
        "pc-1287 consulted what pc-3 did, in the audit log of gateway."
    )


@pytest.mark.parametrize(
    ("operation", "count", "detail", "said"),
    [
        ("consultation", 1, {"elements": 1, "epoch": 1}, "had 1 blinded index key made into tokens"),
        (
            "consultation",
            1400,
            {"tokens": 1_400, "holders": 4},
            "asked which forces hold something under 1,400 index tokens and was told of 4 forces",
        ),
        ("consultation", 7, {"tokens": 7, "holders": 0}, "asked which forces hold something under 7 index tokens"),
        (
            "consultation",
            7,
            {"tokens": 7, "holders": 0, "noticed": 1},
            "asked which forces hold something under 7 index tokens; a notice was left for 1 silent entry",
        ),
        ("collection", 2000, {"added": 1_990, "removed": 0}, "wrote 1,990 index entries"),
        ("erasure", 5, {"added": 0, "removed": 1}, "removed 1 index entry"),
        ("alteration", 5, {"added": 2, "removed": 3}, "wrote 2 index entries and removed 3 index entries"),
        ("alteration", 5, {"added": 0, "removed": 0}, "told the index what it knew already"),
        ("alteration", 0, {"datasets": 3}, "said anew what it has, in 3 lines of the catalogue"),
        ("alteration", 0, {"datasets": 0}, "said that it has nothing for the catalogue"),
        ("alteration", 9, {"rebuilt": 9}, "made its part of the index anew, of 9 index entries"),
        ("alteration", 0, {"rebuilt": 0}, "made its part of the index anew, which is empty"),
    ],
)
def test_the_parts_that_see_no_record_say_what_they_did(
    operation: str, count: int, detail: dict[str, str | int], said: str
) -> None:
    entry = Entry(operation=Operation(operation), actor="node", subject=Subject(count=count), detail=detail)
    assert tell(entry) == f"node {said}."


def search(given: int, withheld: int = 0, tokens: int = 7) -> dict[str, str | int]:
    return {"kind": "person", "tokens": tokens, "given": given, "withheld": withheld, "policy": "abc"}


@pytest.mark.parametrize(
    ("operation", "subject", "detail", "said"),
    [
        (
            "disclosure",
            ["kent.p.a", "kent.e.b"],
            search(1),
            "searched and was given records kent.e.b and kent.p.a",
        ),
        (
            "consultation",
            ["kent.p.a"],
            search(1, 2),
            "searched and consulted record kent.p.a (2 withheld)",
        ),
        ("consultation", [], search(0), "searched and consulted no record"),
        (
            "consultation",
            [],
            search(0, 1, tokens=0),
            "searched by name alone and consulted no record (1 withheld)",
        ),
        ("consultation", [], {**search(0), "denied": "search/role"}, "asked to search and was refused (search/role)"),
        ("consultation", [], {"rule": "search/allowed", "forces": ""}, "searched and saw no record"),
        (
            "consultation",
            ["kent.p.a"],
            {"rule": "search/allowed", "forces": "kent"},
            "searched and saw record kent.p.a",
        ),
        (
            "combination",
            ["kent.p.a", "gwent.p.b"],
            {"rule": "search/allowed", "forces": "gwent,kent"},
            "searched and saw together records gwent.p.b and kent.p.a",
        ),
        ("consultation", [], {"denied": "search/role", "forces": ""}, "asked to search and was refused (search/role)"),
    ],
)
def test_a_search_says_what_it_brought(
    operation: str, subject: list[str], detail: dict[str, str | int], said: str
) -> None:
    assert told(Operation(operation), subject=subject, detail=detail) == f"pc-1287 {said}."


@pytest.mark.parametrize(
    ("operation", "subject", "detail", "said"),
    [
        ("disclosure", ["kent.p.a"], {"of": "record", "given": 1, "rule": "r"}, "was given record kent.p.a"),
        (
            "consultation",
            ["kent.p.a", "kent.e.b", "kent.o.c"],
            {"of": "record", "given": 1, "rule": "r"},
            "consulted record kent.p.a and 2 records linked with it",
        ),
        (
            "consultation",
            [],
            {"of": "record", "given": 0, "rule": "floor/immunity"},
            "asked for record kent.p.a and was not given it (rule floor/immunity)",
        ),
        ("consultation", [], {"of": "record", "given": 0}, "asked for record kent.p.a and was not given it"),
        (
            "consultation",
            [],
            {"of": "decision", "given": 0, "rule": "agreement/in-force"},
            "asked for the decision about record kent.p.a (rule agreement/in-force)",
        ),
        (
            "consultation",
            [],
            {"of": "decision", "given": 0, "denied": "search/purpose"},
            "asked for the decision about record kent.p.a and was refused (search/purpose)",
        ),
    ],
)
def test_one_record_asked_for_is_named_whatever_came_of_it(
    operation: str, subject: list[str], detail: dict[str, str | int], said: str
) -> None:
    assert told(Operation(operation), subject=subject, detail={"asked": "kent.p.a", **detail}) == f"pc-1287 {said}."


@pytest.mark.parametrize(
    ("operation", "subject", "detail", "said"),
    [
        (
            "collection",
            ["kent.p.a", "kent.quarantine.7"],
            {"load": 1, "rows": 1},
            "collected record kent.p.a and row 7 in quarantine",
        ),
        ("consultation", ["kent.quarantine.7"], {"rows": 1}, "consulted row 7 in quarantine"),
        ("erasure", ["kent.quarantine.7", "kent.quarantine.8"], {"rows": 2}, "erased rows 7 and 8 in quarantine"),
        (
            "consultation",
            [],
            {"rows": 0, "denied": "search/role"},
            "asked for rows in quarantine and was refused (search/role)",
        ),
    ],
)
def test_rows_in_quarantine_are_told_as_rows(
    operation: str, subject: list[str], detail: dict[str, str | int], said: str
) -> None:
    assert told(Operation(operation), subject=subject, detail=detail) == f"pc-1287 {said}."


def test_many_rows_and_records_are_counted_apart() -> None:
    subject = Subject(count=2300, digest="0" * 64)
    assert told(Operation.COLLECTION, subject=subject, detail={"load": 1, "rows": 300}) == (
        "pc-1287 collected 2,000 records and 300 rows in quarantine."
    )


def test_a_purpose_that_is_none_is_quoted() -> None:
    sentence = told(Operation.CONSULTATION, purpose="curiosity", detail={"denied": "search/purpose", "forces": ""})
    assert sentence == "pc-1287 asked to search and was refused (search/purpose) for “curiosity”."
