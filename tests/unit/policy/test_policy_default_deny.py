"""Default deny: whatever is missing, odd or broken, nothing is shown, and nothing is told of it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from ndsc.policy import answers
from ndsc.policy.answers import Listing
from ndsc.policy.bundle import load_bundle
from ndsc.policy.rego import PolicyEngineError, RegoProgram

BUNDLE = load_bundle()
ROADS = BUNDLE.cases["agreements"]["gwent"]["prevent-crime"]["south-wales"][0]
RECORD = {
    "force": "south-wales", "kind": "person", "category": "nominal", "tier": 0, "sensitive": False, "caveated": False,
    "grading": "", "handling": "", "action": "", "immunity": False, "assessment": False, "suspect": True,
    "convicted": False, "victim": False, "witness": False, "other_subject": False, "born": 8000,
    "retention_group": 3, "review_on": 25000, "updated_on": 20000,
}  # fmt: skip
QUESTION: dict[str, Any] = {
    "subject": {"force": "gwent", "roles": ["officer"], "clearance": 2},
    "request": {
        "purpose": "prevent-crime",
        "justification_length": 20,
        "has_legal_basis": False,
        "has_reference": True,
        "kinds": ["person"],
        "today": 20600,
    },
    "holder": "south-wales",
    "records": [RECORD],
}
OWN_QUESTION = {**QUESTION, "subject": {**QUESTION["subject"], "force": "south-wales"}}
DECISIONS = "ndsc/record/decisions"
# No rule reads these to decide who sees a record; they only name, count or describe.
NOT_DECISIVE = {"grading", "assessment", "born", "retention_group", "updated_on"}
DECISIVE = sorted(set(RECORD) - NOT_DECISIVE)
GARBAGE: tuple[Any, ...] = (None, "", "yes", -1, 7.5, [], {}, ["officer"], "\u0430dmin", "x" * 10_000)


def program(data: dict[str, Any] | None = None) -> RegoProgram:
    given = BUNDLE.cases if data is None else data
    return RegoProgram(BUNDLE.rules, given, [DECISIONS, "ndsc/search/decision"])


ENGINE = program()


def visible(question: dict[str, Any], engine: RegoProgram = ENGINE) -> bool:
    try:
        raw = engine.ask(DECISIONS, question)
    except PolicyEngineError:
        raw = None
    decisions = answers.record_decisions(raw, len(question.get("records", [])))
    for decision in decisions:
        assert decision.visible == (decision.refusal is None)
    return any(decision.visible for decision in decisions)


def without(question: dict[str, Any], *path: str) -> dict[str, Any]:
    changed = copy.deepcopy(question)
    part = changed
    for name in path[:-1]:
        part = part[name]
    del part[path[-1]]
    return changed


def test_the_cases_below_start_from_what_is_shown() -> None:
    assert visible(QUESTION)
    assert visible(OWN_QUESTION)


@pytest.mark.parametrize(
    "path",
    [
        ("subject",), ("subject", "force"), ("subject", "roles"), ("subject", "clearance"),
        ("request",), ("request", "purpose"), ("request", "justification_length"), ("request", "kinds"),
        ("request", "today"), ("holder",),
    ],
)  # fmt: skip
@pytest.mark.parametrize("question", [QUESTION, OWN_QUESTION], ids=["across", "own"])
def test_a_question_with_a_part_missing_shows_nothing(question: dict[str, Any], path: tuple[str, ...]) -> None:
    assert not visible(without(question, *path))


@pytest.mark.parametrize("path", ["force", "roles", "clearance"])
@pytest.mark.parametrize("value", GARBAGE, ids=range(len(GARBAGE)))
def test_a_subject_of_rubbish_is_shown_nothing(path: str, value: Any) -> None:
    if (path, value) == ("roles", ["officer"]):
        return  # the one value that is no rubbish
    assert not visible({**QUESTION, "subject": {**QUESTION["subject"], path: value}})


@pytest.mark.parametrize("path", ["purpose", "justification_length", "kinds", "today"])
@pytest.mark.parametrize("value", [*GARBAGE[:3], *GARBAGE[5:9]], ids=range(7))
def test_a_request_of_rubbish_is_shown_nothing(path: str, value: Any) -> None:
    assert not visible({**QUESTION, "request": {**QUESTION["request"], path: value}})


@pytest.mark.parametrize("fact", DECISIVE)
def test_a_record_with_a_fact_missing_crosses_to_nobody(fact: str) -> None:
    record = {name: value for name, value in RECORD.items() if name != fact}
    assert not visible({**QUESTION, "records": [record]})


@pytest.mark.parametrize("fact", DECISIVE)
@pytest.mark.parametrize("value", [None, "\u0430", [], {}, -5.5e9], ids=["null", "look-alike", "list", "object", "far"])
def test_a_record_with_a_fact_of_rubbish_crosses_to_nobody(fact: str, value: Any) -> None:
    assert not visible({**QUESTION, "records": [{**RECORD, fact: value}]})


@pytest.mark.parametrize("fact", sorted({"force", "kind", "category", "tier", "immunity", "review_on", "handling"}))
@pytest.mark.parametrize("value", [None, "\u0430", [], {}, -5.5e9], ids=["null", "look-alike", "list", "object", "far"])
def test_such_a_record_is_not_shown_in_its_own_force_either(fact: str, value: Any) -> None:
    assert not visible({**OWN_QUESTION, "records": [{**RECORD, fact: value}]})


@pytest.mark.parametrize("data", [{}, {"agreements": None}, {"agreements": []}, {"agreements": {"gwent": "all"}}])
def test_without_readable_agreements_nothing_crosses(data: dict[str, Any]) -> None:
    assert not visible(QUESTION, program(data))


@pytest.mark.parametrize("part", sorted(set(ROADS)))
def test_an_agreement_with_a_part_missing_opens_nothing(part: str) -> None:
    broken = {name: value for name, value in ROADS.items() if name != part}
    data = {"agreements": {"gwent": {"prevent-crime": {"south-wales": [broken]}}}, "force_rules": {}}
    assert not visible(QUESTION, program(data))


@pytest.mark.parametrize(
    "raw",
    [
        None, [], {}, "yes", True, [True], [{"at": 0}], [{"at": 0, "visible": True}],
        [{"at": 0, "visible": "true", "rule": "x", "masks": [], "duties": []}],
        [{"at": 1, "visible": True, "rule": "x", "masks": [], "duties": []}],
        [{"at": 0, "visible": True, "rule": "x", "masks": [], "duties": []}] * 2,
        [{"at": 0, "visible": True, "rule": "x", "masks": [{"field": "home", "treatment": "?"}], "duties": []}],
        [{"at": 0, "visible": True, "rule": "x", "masks": [], "duties": [], "extra": 1}],
        [{"at": 0, "visible": True, "rule": "x", "masks": None, "duties": []}],
        [{"at": 0, "visible": False, "tell": True}],
    ],
)  # fmt: skip
def test_an_odd_answer_is_no(raw: Any) -> None:
    (decision,) = answers.record_decisions(raw, 1)
    assert not decision.visible
    assert decision.refusal is not None
    assert not decision.refusal.tell


@pytest.mark.parametrize("raw", [None, {}, [], True, {"allowed": True}, {"allowed": "true", "rule": "x"}, "allowed"])
def test_an_odd_answer_to_a_search_is_no(raw: Any) -> None:
    decision = answers.search_decision(raw)
    assert not decision.allowed
    assert not decision.ask_everyone
    assert decision.refusal is not None


@pytest.mark.parametrize("raw", [None, [], [{"at": 0}], [{"at": 0, "listing": "public"}], {"at": 0}])
def test_an_odd_listing_is_never(raw: Any) -> None:
    assert answers.listings(raw, 1) == [Listing.NEVER]


@pytest.mark.parametrize("text", ['"', "\\", "\n", "\x00", "${x}", '"}]', "\U0001f6d1", "ё" * 300])
def test_hostile_text_ends_neither_the_engine_nor_the_denial(text: str) -> None:
    assert not visible({**QUESTION, "subject": {**QUESTION["subject"], "force": text}})
    assert not visible({**QUESTION, "records": [{**RECORD, "category": text}]})
    assert not visible({**QUESTION, "holder": text, "records": [{**RECORD, "force": text}]})
    assert visible(QUESTION), json.dumps(text)
