"""A date is as exact as it is known to be: the year, the month, or the day."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import BaseModel, ValidationError

from ndsc.model.dates import PartialDate


class Held(BaseModel):
    """A model with a date in it."""

    when: PartialDate


@pytest.mark.parametrize("text", ["1987", "1987-03", "1987-03-09", "2000-02-29", "0001", "9999-12-31"])
def test_a_date_is_written_as_it_was_read(text: str) -> None:
    assert str(PartialDate.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "87",
        "1987-3",
        "1987-13",
        "1987-00",
        "1987-02-30",
        "1900-02-29",
        "1987-03-09T00:00",
        "09/03/1987",
        "0000",
        "١٩٨٧",
        " 1987",
        "1987-",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|day|year"):
        PartialDate.parse(text)


def test_a_day_needs_its_month() -> None:
    with pytest.raises(ValueError, match="day without a month"):
        PartialDate(1987, None, 9)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1987", date(1987, 1, 1), date(1987, 12, 31)),
        ("1988-02", date(1988, 2, 1), date(1988, 2, 29)),
        ("1987-02", date(1987, 2, 1), date(1987, 2, 28)),
        ("1987-03-09", date(1987, 3, 9), date(1987, 3, 9)),
    ],
)
def test_a_partial_date_spans_the_days_it_can_stand_for(text: str, first: date, last: date) -> None:
    assert (PartialDate.parse(text).first_day, PartialDate.parse(text).last_day) == (first, last)


def test_only_a_date_known_to_the_day_is_full() -> None:
    assert [PartialDate.parse(text).is_full for text in ("1987", "1987-03", "1987-03-09")] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "swapped"),
    [("1987-03-09", "1987-09-03"), ("1987-03-13", None), ("1987-03-03", None), ("1987-03", None), ("1987", None)],
)
def test_day_and_month_swap_only_into_another_date(text: str, swapped: str | None) -> None:
    found = PartialDate.parse(text).day_and_month_swapped()
    assert (str(found) if found else None) == swapped


def test_a_model_reads_text_dates_and_partial_dates_and_writes_text() -> None:
    for value in ("1987-03-09", date(1987, 3, 9), PartialDate(1987, 3, 9)):
        assert Held.model_validate({"when": value}).model_dump(mode="json") == {"when": "1987-03-09"}


@pytest.mark.parametrize("value", [1987, None, "yesterday", ["1987"]])
def test_a_model_refuses_what_is_no_date(value: object) -> None:
    with pytest.raises(ValidationError):
        Held.model_validate({"when": value})


def test_the_schema_says_what_a_date_looks_like() -> None:
    schema = Held.model_json_schema()["properties"]["when"]
    assert schema["type"] == "string"
    assert "1987" in schema["examples"]
