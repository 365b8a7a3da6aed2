"""What a connector can say, and what it makes of a row."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ndsc.connectors.catalogue import parse
from ndsc.connectors.errors import ConnectorError
from ndsc.connectors.mapping import Mapped, Rejected, compile_connector
from ndsc.connectors.rows import RawRow
from ndsc.model.pole import Person

BASE: dict[str, Any] = {
    "connector": "example",
    "version": 3,
    "title": "Example",
    "format": {"type": "json", "blank": ["", "N/K"]},
    "source_system": "example",
    "reference": {"columns": ["ref"]},
    "envelope": {"recorded_at": {"const": "2024-02-29T10:00:00+00:00"}},
    "records": [{"name": "row", "kind": "person", "fields": {"surname": "surname"}}],
}


def run(row: dict[str, str], **changes: Any) -> Mapped | Rejected:
    connector = parse(yaml.safe_dump({**BASE, **changes}))
    return compile_connector(connector, "durham", "x.json").map(RawRow(1, row))


def person(row: dict[str, str], fields: dict[str, Any]) -> Person:
    result = run(row, records=[{"name": "row", "kind": "person", "fields": fields}])
    assert isinstance(result, Mapped), result
    body = result.records[0].body
    assert isinstance(body, Person)
    return body


def test_identifiers_take_the_models_form() -> None:
    body = person(
        {"p": "07700 900123", "c": "cf101ep", "s": "Female"},
        {
            "phones": {"column": "p", "transforms": ["phone"]},
            "home.postcode": {"column": "c", "transforms": ["postcode"]},
            "sex": {"column": "s", "code_list": "sex"},
        },
    )
    assert body.home is not None
    assert (body.phones, body.home.postcode, body.sex) == (("+447700900123",), "CF10 1EP", "2")


def test_columns_can_be_joined_split_and_collected() -> None:
    body = person(
        {"a": "Ann", "b": "", "c": "Lee", "x": "Jo; Jay ;Jo", "e": "a@example.org", "e[2]": "b@example.org"},
        {
            "given_name": {"columns": ["a", "b", "c"], "join": "-"},
            "aliases": {"column": "x", "split": ";"},
            "emails": {"each": "e"},
        },
    )
    assert (body.given_name, body.aliases) == ("Ann-Lee", ("Jo", "Jay"))
    assert body.emails == ("a@example.org", "b@example.org")


def test_a_lenient_value_that_does_not_fit_counts_as_blank() -> None:
    body = person(
        {"p": "none given", "s": "N/A", "t": "?", "d": "13/13/1990"},
        {
            "phones": {"column": "p", "transforms": ["phone"], "lenient": True},
            "sex": {"column": "s", "code_list": "sex", "lenient": True, "otherwise": "0"},
            "home.postcode": {"column": "t", "transforms": ["postcode"], "lenient": True},
            "date_of_birth": {
                "column": "d",
                "transforms": [{"date": "dd/mm/yyyy"}],
                "lenient": True,
                "absent": {"": "unknown"},
            },
        },
    )
    assert (body.phones, body.sex, body.home, body.absent) == ((), "0", None, {"date_of_birth": "unknown"})


def test_a_lenient_value_that_is_needed_still_stops_its_row() -> None:
    fields = {
        "date_of_birth": {"column": "d", "transforms": [{"date": "dd/mm/yyyy"}], "lenient": True, "required": True}
    }
    result = run({"d": "soon"}, records=[{"name": "row", "kind": "person", "fields": fields}])
    assert isinstance(result, Rejected)
    assert result.reason == "missing-value"


def test_a_lenient_value_lets_no_formula_in() -> None:
    fields = {"surname": {"column": "s", "transforms": ["trim"], "lenient": True}}
    result = run({"s": "=cmd|' /C calc'!A0"}, records=[{"name": "row", "kind": "person", "fields": fields}])
    assert isinstance(result, Rejected)
    assert result.reason == "spreadsheet-formula"


@pytest.mark.parametrize("name", ["tier", "grading", "immunity", "caveats"])
def test_what_guards_a_record_cannot_be_lenient(name: str) -> None:
    guard = {"column": "m", "transforms": ["upper"], "lenient": True}
    with pytest.raises(ConnectorError, match=f"{name} cannot be lenient"):
        run({}, envelope={**BASE["envelope"], name: guard})


def test_a_source_can_say_why_there_is_no_value() -> None:
    body = person(
        {"d": "REFUSED", "a": "", "n": "N/K"},
        {
            "date_of_birth": {"column": "d", "absent": {"refused": "unknown"}},
            "place_of_birth": {"column": "a", "absent": {"": "none"}},
            "surname": "n",
        },
    )
    assert body.absent == {"date_of_birth": "unknown", "place_of_birth": "none"}
    assert body.surname is None


@pytest.mark.parametrize(
    ("written", "date"),
    [("09/03/1987", "1987-03-09"), ("00/03/1987", "1987-03"), ("00/00/1987", "1987"), ("1987", "1987")],
)
def test_partial_dates_are_values(written: str, date: str) -> None:
    fields = {"date_of_birth": {"column": "d", "transforms": [{"date": "dd/mm/yyyy"}]}}
    assert str(person({"d": written}, fields).date_of_birth) == date


@pytest.mark.parametrize("written", ["30/02/1987", "9/3/87", "09/00/1987", "1987-03-09", "x"])
def test_a_date_in_another_form_is_not_guessed(written: str) -> None:
    fields = {"date_of_birth": {"column": "d", "transforms": [{"date": "dd/mm/yyyy"}]}}
    result = run({"d": written}, records=[{"name": "row", "kind": "person", "fields": fields}])
    assert isinstance(result, Rejected)
    assert (result.reason, result.field, result.column) == ("bad-date", "date_of_birth", "d")


def test_envelope_values_can_come_from_the_row() -> None:
    result = run(
        {"m": "Official - Sensitive", "g": "2bc", "i": "yes", "t": "01/06/2024 09:30", "ref": "a#1"},
        envelope={
            "recorded_at": {"column": "t", "transforms": [{"datetime": "dd/mm/yyyy"}]},
            "tier": "m",
            "grading": "g",
            "grading_conditions": {"const": "ask first"},
            "grading_action": {"const": "A1"},
            "grading_sanitisation": {"const": "S2"},
            "immunity": {"column": "i", "transforms": ["yes-no"]},
            "retention_group": {"const": "2"},
        },
    )
    assert isinstance(result, Mapped)
    [record] = result.records
    assert (str(record.marking), str(record.grading)) == ("OFFICIAL-SENSITIVE", "2BC")
    assert record.public_interest_immunity is True
    assert record.recorded_at.isoformat() == "2024-06-01T09:30:00+01:00", "UK summer time"
    assert record.review_on.isoformat() == "2034-06-01"
    assert record.source_reference == "a%231", "a hash sign marks occurrences, and nothing else"


def test_a_review_falls_on_the_28th_where_the_year_has_no_29_february() -> None:
    result = run({"ref": "1"}, envelope={**BASE["envelope"], "review_years": 1})
    assert isinstance(result, Mapped)
    assert result.records[0].review_on.isoformat() == "2025-02-28"


@pytest.mark.parametrize(
    ("envelope", "reason"),
    [
        ({"grading": {"const": "9ZZ"}}, "bad-grading"),
        ({"grading": {"const": "1AC"}}, "bad-grading"),
        ({"tier": {"const": "MAUVE"}}, "bad-marking"),
        ({"tier": {"const": "SECRET"}, "sensitive": {"const": True}}, "bad-marking"),
        ({"retention_group": {"const": "7"}}, "bad-retention-group"),
        ({"recorded_at": {"const": "9999-01-01T00:00:00Z"}}, "bad-time"),
        ({"recorded_at": {"const": "2024-01-01T00:00:00"}}, "invalid-value"),
        ({"updated_at": {"const": "2020-01-01T00:00:00Z"}}, "invalid-value"),
    ],
)
def test_an_envelope_that_cannot_be_is_quarantined(envelope: dict[str, Any], reason: str) -> None:
    result = run({"ref": "1"}, envelope={**BASE["envelope"], **envelope})
    assert isinstance(result, Rejected)
    assert result.reason == reason


REPEATED: dict[str, Any] = {
    "records": [
        {"name": "row", "kind": "event", "fields": {"title": "title"}},
        {"name": "who", "kind": "person", "each": "p", "reference": ["id"], "fields": {"surname": "name"}},
        {"name": "car", "kind": "object", "each": "p", "when_all": ["vrm"], "fields": {"vrm": "vrm"}},
    ],
    "links": [
        {"source": "who", "target": "row", "role": "involved-in", "subject_category": "part"},
        {"source": "who", "target": "car", "role": "uses"},
    ],
}


def test_repeated_parts_become_records_of_their_own_with_their_own_links() -> None:
    row = {"ref": "1", "p/id": "N1", "p/name": "A", "p/part": "suspect", "p[3]/id": "N3", "p[3]/name": "C"}
    result = run({**row, "p[3]/part": "witness", "p[3]/vrm": "AB12 CDE"}, **REPEATED)
    assert isinstance(result, Mapped)
    assert [record.source_reference for record in result.records] == ["1", "N1", "N3", "1/car.3"]
    event, _, third, car = result.ids
    assert [(link.source, link.target, link.subject_category) for link in result.links] == [
        (result.ids[1], event, "suspect"),
        (third, event, "witness"),
        (third, car, None),
    ]


def test_an_entity_named_twice_in_a_row_is_one_record_if_both_agree() -> None:
    row = {"ref": "1", "p/id": "N1", "p/name": "A", "p/part": "victim", "p[2]/id": "N1", "p[2]/part": "witness"}
    agreed = run({**row, "p[2]/name": "A"}, **REPEATED)
    assert isinstance(agreed, Mapped)
    assert len(agreed.records) == 2
    assert {link.subject_category for link in agreed.links} == {"victim", "witness"}
    torn = run({**row, "p[2]/name": "B"}, **REPEATED)
    assert isinstance(torn, Rejected)
    assert torn.reason == "conflicting-parts"


@pytest.mark.parametrize(("part", "reason"), [("", "missing-value"), ("bystander", "not-in-code-list")])
def test_a_person_in_an_event_must_be_something_to_it(part: str, reason: str) -> None:
    result = run({"ref": "1", "p/id": "N1", "p/part": part}, **REPEATED)
    assert isinstance(result, Rejected)
    assert (result.reason, result.field) == (reason, "subject_category")


def test_a_row_that_repeats_a_part_without_end_is_quarantined() -> None:
    result = run({"ref": "1", "p[201]/id": "N"}, **REPEATED)
    assert isinstance(result, Rejected)
    assert result.reason == "too-many-parts"


def test_a_row_without_reference_is_known_by_its_values_whatever_their_order() -> None:
    one, other = run({"a": "1", "b": "2"}), run({"b": "2", "a": "1"})
    assert isinstance(one, Mapped)
    assert isinstance(other, Mapped)
    assert one.reference == other.reference


def test_a_very_long_reference_becomes_a_digest() -> None:
    result = run({"ref": "r" * 5000})
    assert isinstance(result, Mapped)
    assert len(result.records[0].source_reference) == 32


def _records(**fields: Any) -> dict[str, Any]:
    return {"records": [{"name": "row", "kind": "person", "fields": fields}]}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (_records(shoe_size="x"), "no attribute 'shoe_size'"),
        (_records(home="x"), "has parts"),
        (_records(**{"surname.first": "x"}), "has no parts"),
        (_records(**{"home.planet": "x"}), "no attribute 'planet'"),
        (_records(surname={"column": "x", "transforms": ["shout"]}), "no transform is called 'shout'"),
        (_records(surname={"column": "x", "transforms": ["date"]}), "takes an argument"),
        (_records(surname={"column": "x", "transforms": [{"upper": "x"}]}), "takes no argument"),
        (_records(surname={"column": "x", "transforms": [{"date": "mdy"}]}), "no form of date"),
        (_records(sex={"column": "x", "code_list": "colours"}), "no code list"),
        (_records(surname={"column": "x", "const": "y"}), "exactly one"),
        (_records(surname={"column": "x", "python": "exit()"}), "python"),
        ({"envelope": {}}, "recorded_at is needed"),
        ({"links": [{"source": "row", "target": "gone", "role": "uses"}]}, "no record"),
        ({"records": []}, "records"),
        ({"format": {"type": "xml"}}, "needs record"),
        ({"connector": "Not A Name"}, "connector"),
    ],
)
def test_a_connector_that_cannot_work_is_refused_before_any_row(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ConnectorError) as caught:
        run({}, **changes)
    assert why in f"{caught.value.message} {caught.value.hint}"


def test_a_person_in_an_event_needs_a_subject_category_in_the_connector() -> None:
    links = [{"source": "who", "target": "row", "role": "involved-in"}]
    with pytest.raises(ConnectorError, match="subject_category"):
        run({}, records=REPEATED["records"], links=links)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a list",
        "a: [",
        "a: &x 1\nb: *x",
        "connector: a\nconnector: b",
        "!!python/object/apply:os.system ['true']",
        "{" * 5000,
        "a: 2025-13-45",
    ],
)
def test_yaml_that_is_no_connector_is_refused(text: str) -> None:
    with pytest.raises(ConnectorError):
        parse(text)


def test_a_misspelt_key_is_an_error_that_says_what_was_meant() -> None:
    wrong = {**BASE, "format": {"type": "csv", "delimeter": ";"}, "referense": {}, "qqq": 1}
    wrong["records"] = [
        {"name": "row", "kind": "person", "fields": {"surname": {"column": "s", "transform": ["name"]}}}
    ]
    with pytest.raises(ConnectorError) as caught:
        parse(yaml.safe_dump(wrong))
    lines = [line.strip() for line in caught.value.message.splitlines()]
    assert "connector: format.delimeter: there is no such key. Did you mean delimiter?" in lines
    assert "referense: there is no such key. Did you mean reference?" in lines
    assert "records.0.fields.surname.transform: there is no such key. Did you mean transforms?" in lines
    assert any(line.startswith("qqq: there is no such key. There are: connector, version") for line in lines)
