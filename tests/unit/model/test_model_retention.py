"""Retention: the rules are data, and a date follows from them."""

from __future__ import annotations

import json
from datetime import date

import pytest

from ndsc.model.dates import PartialDate
from ndsc.model.record import RetentionGroup
from ndsc.model.retention import is_overdue, keep_until, review_on, schedule_from, shipped_schedule, years_after

GROUPS = {"1": 10, "2": 10, "3": 6, "4": 6}


@pytest.mark.parametrize(("group", "years"), GROUPS.items())
def test_a_review_comes_a_clear_period_after_the_last_record(group: str, years: int) -> None:
    recorded = [date(2015, 5, 1), date(2020, 6, 15), date(2018, 1, 1)]
    assert review_on(RetentionGroup(group), recorded) == date(2020 + years, 6, 15)


def test_a_new_record_starts_the_clear_period_again() -> None:
    group = RetentionGroup.OTHER_OFFENCE
    assert review_on(group, [date(2015, 5, 1)]) < review_on(group, [date(2015, 5, 1), date(2019, 5, 1)])


def test_a_review_that_was_held_puts_off_the_next() -> None:
    due = review_on(RetentionGroup.PUBLIC_PROTECTION, [date(2005, 3, 1)], reviewed=date(2015, 4, 2))
    assert due == date(2025, 4, 2)


def test_without_any_record_there_is_no_date() -> None:
    with pytest.raises(ValueError, match="at least one record"):
        review_on(RetentionGroup.SERIOUS, [])


def test_public_protection_is_kept_until_the_subject_is_a_hundred() -> None:
    born = PartialDate.parse("1950")
    assert keep_until(RetentionGroup.PUBLIC_PROTECTION, born) == date(2050, 12, 31)
    assert keep_until(RetentionGroup.PUBLIC_PROTECTION, None) is None
    assert keep_until(RetentionGroup.OTHER_OFFENCE, born) is None


def test_overdue_begins_the_day_after() -> None:
    due = date(2025, 3, 1)
    assert not is_overdue(due, due)
    assert is_overdue(due, date(2025, 3, 2))


def test_leap_days_fall_back_a_day() -> None:
    assert years_after(date(2020, 2, 29), 6) == date(2026, 2, 28)
    assert years_after(date(2020, 2, 29), 8) == date(2028, 2, 29)


def test_a_force_may_have_its_own_schedule() -> None:
    data = json.loads(shipped_schedule().model_dump_json())
    data["groups"][2]["review_after_years"] = 7
    own = schedule_from(json.dumps(data))
    assert review_on(RetentionGroup.OTHER_OFFENCE, [date(2020, 1, 1)], own) == date(2027, 1, 1)
    assert review_on(RetentionGroup.OTHER_OFFENCE, [date(2020, 1, 1)]) == date(2026, 1, 1)


def test_a_schedule_has_one_rule_for_each_group() -> None:
    data = json.loads(shipped_schedule().model_dump_json())
    data["groups"][3]["group"] = "3"
    with pytest.raises(ValueError, match="exactly one rule"):
        schedule_from(json.dumps(data))


def test_the_shipped_schedule_says_how_sure_it_is() -> None:
    assert "not verified" in shipped_schedule().source
