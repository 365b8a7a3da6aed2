"""An entry has one text, names records without their content, and reads back as what it was."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from ndsc.audit.entries import MAX_NAMED, Entry, Operation, Subject, leaf_data

AT = datetime(2026, 3, 2, 9, 30, 15, 7, tzinfo=UTC)


def entry(**changes: Any) -> Entry:
    return Entry.model_validate({"at": AT, "operation": Operation.CONSULTATION, "actor": "pc-1287", **changes})


def test_the_operations_are_those_of_section_62() -> None:
    assert {operation.value for operation in Operation} == {
        "collection", "alteration", "consultation", "disclosure", "combination", "erasure",
    }  # fmt: skip


def test_the_canonical_text_is_sorted_tight_and_without_what_is_empty() -> None:
    assert entry().canonical() == (
        '{"actor":"pc-1287","at":"2026-03-02T09:30:15.000007Z","format":1,"operation":"consultation",'
        '"subject":{"count":0}}'
    )


def test_a_full_entry_reads_back_as_itself() -> None:
    full = entry(
        actor_force="south-wales",
        purpose="prevent-crime",
        justification="Named by a witness – “Siân”",
        reference="52/1234/26",
        legal_basis="Police and Criminal Evidence Act 1984 s.19",
        subject=("kent.p.mfrggzdfmztwq2lk", "kent.o.mfrggzdfmztwq2lk"),
        recipients=("south-wales",),
        request_id="0123456789abcdef",
        detail={"rule": "agreement", "withheld": 2, "none": 0, "blank": ""},
    )
    assert Entry.parse(full.canonical()) == full
    assert json.loads(full.canonical())["detail"] == {"rule": "agreement", "withheld": 2, "none": 0, "blank": ""}


def test_the_same_moment_has_the_same_text_in_every_zone() -> None:
    summer = AT.astimezone(timezone(timedelta(hours=1)))
    assert entry(at=summer).canonical() == entry().canonical()


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        entry(at=datetime(2026, 3, 2, 9, 30))  # noqa: DTZ001  # the mistake that is refused


@pytest.mark.parametrize(
    "change",
    [
        {"operation": "reading"},
        {"actor": ""},
        {"actor": "x" * 201},
        {"actor_force": "../kent"},
        {"detail": {"Name": "x"}},
        {"detail": {"ratio": 0.5}},
        {"detail": {"big": 2**53}},
        {"detail": {f"key{number}": number for number in range(21)}},
        {"recipients": ["kent"] * 201},
        {"surname": "Test"},
        {"subject": {"count": -1}},
    ],
)
def test_what_an_entry_does_not_provide_for_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        entry(**change)


def test_control_characters_become_spaces_so_that_an_entry_stays_one_line() -> None:
    text = entry(justification="a\x00b\nc\u2028d").canonical()
    assert json.loads(text)["justification"] == "a b c d"


def test_a_subject_names_its_records_once_and_in_order() -> None:
    assert Subject.of(["b", "a", "b"]) == Subject(count=2, records=("a", "b"))


def test_a_subject_of_too_many_to_name_keeps_their_number_and_a_digest() -> None:
    many = [f"kent.p.{number:016d}" for number in range(MAX_NAMED + 1)]
    subject = entry(subject=many).subject
    assert (subject.count, subject.records) == (MAX_NAMED + 1, ())
    assert subject.digest == hashlib.sha256("".join(f"{name}\n" for name in many).encode()).hexdigest()
    assert Subject.of(many[:MAX_NAMED]).digest is None


@pytest.mark.parametrize("text", ["", "[]", "1", "{}", '{"format":2}', entry().canonical().replace(':1,"op', ':9,"op')])
def test_a_text_that_is_no_entry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Entry.parse(text)


def test_the_leaf_commits_to_the_place_too() -> None:
    assert leaf_data(7, entry().canonical()).startswith(b'7 {"actor"')
