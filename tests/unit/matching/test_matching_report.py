"""The report: whole, offline, accessible, and safe whatever a record says."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html
from pydantic import ValidationError

from ndsc.matching.report import Grounds, render
from ndsc.model.pole import Object, Person

QUERY = Person.model_validate({"given_name": "Siân", "surname": "Price", "date_of_birth": "1987-03-09"})
ATTACK = "<script>alert('x')</script>"


def member(force: str, **attributes: Any) -> dict[str, Any]:
    body = {"kind": "person", "given_name": "Siân", "surname": "Price", "date_of_birth": "1987-03-09", **attributes}
    record = {
        "id": f"{force}.p.mfrggzdfmztwq2lk",
        "force": force,
        "kind": "person",
        "body": body,
        "masks": [{"field": "home", "treatment": "withheld"}],
        "duties": ["delete-after-90-days"],
        "decision": {"visible": True, "rule": "agreement", "sentence": "The agreement on burglary opens it."},
    }
    return {
        "record": record,
        "probability": 0.99991,
        "match_weight": 13.4,
        "comparisons": [],
        "reasons": ["same surname: Price"],
    }


def answer(*members: dict[str, Any], **extra: Any) -> dict[str, Any]:
    forces = [
        {"force": "south-wales", "status": "answered", "records": 1, "took_ms": 12.4},
        {
            "force": "kent",
            "status": "denied",
            "took_ms": 9.0,
            "refusals": [{"rule": "floor", "sentence": "No agreement with Kent covers this.", "count": 2}],
        },
        {"force": "btp", "status": "timed-out", "took_ms": 5000.0, "detail": "It did not answer in time."},
    ]
    group = {
        "label": "Siân Price, born 9 March 1987",
        "probability": 0.99991,
        "forces": ["south-wales"],
        "members": list(members),
        "conflicts": [{"attribute": "date of birth", "values": {"1987-03-09": ["a"], "1987-09-03": ["b"]}}],
    }
    return {
        "request_id": "0f6c",
        "asked_at": "2025-03-01T10:15:00Z",
        "took_ms": 48.0,
        "keys": [],
        "network": 8,
        "forces": forces,
        "groups": [group] if members else [],
        **extra,
    }


@pytest.fixture(scope="module")
def page() -> html.HtmlElement:
    grounds = Grounds(officer="pc4417", purpose="prevent-crime", justification="Named by a witness", reference="62/1")
    return html.document_fromstring(render(QUERY, answer(member("south-wales"), member("kent")), grounds))


def test_every_force_and_what_it_said_is_there(page: html.HtmlElement) -> None:
    text = page.text_content()
    for words in ("South wales", "No agreement with Kent covers this.", "It did not answer in time.", "3 of 8 forces"):
        assert words in text


def test_the_conflict_is_shown_with_both_values(page: html.HtmlElement) -> None:
    conflict = page.find_class("conflicts")[0].text_content()
    assert "1987-03-09" in conflict
    assert "1987-09-03" in conflict


def test_each_record_has_its_reasons_and_its_waterfall(page: html.HtmlElement) -> None:
    pictures = page.xpath("//article//svg")
    assert len(pictures) == 2
    for picture in pictures:
        assert picture.get("role") == "img"
        assert "Surname: same" in picture.get("aria-label")
        assert "Final match weight" in picture.get("aria-label")
    assert "same surname: Price" in page.text_content()


def test_the_mask_the_duty_and_the_decision_are_told(page: html.HtmlElement) -> None:
    text = page.text_content()
    for words in ("Withheld by policy", "Delete after 90 days", "The agreement on burglary opens it.", "Prevent crime"):
        assert words in text


def test_nothing_is_loaded_and_nothing_runs(page: html.HtmlElement) -> None:
    assert page.xpath("//script | //link | //img | //iframe | //@onclick | //@src") == []
    assert "default-src 'none'" in page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]


def test_it_can_be_read_by_machine_and_on_a_phone(page: html.HtmlElement) -> None:
    assert page.get("lang") == "en-GB"
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("//meta[@name='viewport']")
    assert len(page.xpath("//table")) == len(page.xpath("//table/caption"))
    assert all(cell.get("scope") for cell in page.xpath("//th"))


def test_what_a_record_says_is_text_and_never_markup() -> None:
    source = render(
        Person(surname=ATTACK),
        answer(member("south-wales", surname=ATTACK), note=ATTACK),
        Grounds(justification=ATTACK, officer='"><svg onload=x>'),
    )
    assert "<script" not in source
    assert "<svg onload" not in source
    assert "&lt;script&gt;" in source


def test_a_search_that_found_nothing_says_so() -> None:
    assert "No record was given." in render(QUERY, answer())


def test_things_have_a_table_and_no_picture() -> None:
    car = {"kind": "object", "category": "vehicle", "vrm": "AB12 CDE"}
    found = member("south-wales")
    found["record"]["body"] = car
    source = render(Object.model_validate(car), answer(found))
    assert "<svg" not in source
    assert "Registration mark" in source


def test_what_is_no_answer_is_refused() -> None:
    with pytest.raises(ValidationError):
        render(QUERY, {"groups": []})
