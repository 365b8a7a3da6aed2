"""Retention groups and review dates: the rules are data, because forces choose and the national table changes.

Management of police information sorts records into four groups (``RetentionGroup``). The table that ships is the one
commonly described and is not verified in a published source: a force replaces it (``schedule_from``), and nothing here
claims compliance with it. A clear period runs for a person across records, and a new record anywhere starts it again;
so ``review_on`` takes the day of the *last* record that counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Literal, Self

from pydantic import Field, model_validator

from ndsc.model.base import LongText, Model
from ndsc.model.dates import PartialDate
from ndsc.model.record import RetentionGroup


class GroupRule(Model):
    """What one group's records must go through, and when."""

    group: RetentionGroup
    review_after_years: int = Field(
        ge=1, le=100, description="length of the clear period, or of the time between reviews"
    )
    keep_until_age: int | None = Field(
        default=None, ge=18, le=130, description="kept at least until the subject is this old"
    )
    at_review: Literal["review", "dispose-or-review"] = Field(description="what may happen when the review comes")


class RetentionSchedule(Model):
    """A rule for each of the four groups."""

    source: LongText
    groups: tuple[GroupRule, ...]

    @model_validator(mode="after")
    def _every_group_has_one_rule(self) -> Self:
        named = sorted(rule.group for rule in self.groups)
        if named != sorted(RetentionGroup):
            raise ValueError("a retention schedule has exactly one rule for each of the groups 1 to 4")
        return self

    def rule(self, group: RetentionGroup) -> GroupRule:
        """The rule of a group."""
        return next(rule for rule in self.groups if rule.group is group)


def schedule_from(text: str) -> RetentionSchedule:
    """A force's own schedule, as JSON in the shape of the shipped ``retention.json``. Raises ``ValueError``."""
    return RetentionSchedule.model_validate_json(text)


@lru_cache(maxsize=1)
def shipped_schedule() -> RetentionSchedule:
    """The schedule that ships with the package."""
    return schedule_from((files("ndsc.model") / "retention.json").read_text(encoding="utf-8"))


def review_on(
    group: RetentionGroup,
    recorded: Iterable[date],
    schedule: RetentionSchedule | None = None,
    *,
    reviewed: date | None = None,
) -> date:
    """The day the review is due: the clear period after the last record, or after the last review if that is later.

    ``recorded`` holds the days of every record of the person that counts, here or in another force; at least one.
    Raises ``ValueError`` when it is empty.
    """
    days = [*recorded, *([reviewed] if reviewed else [])]
    if not days:
        raise ValueError("a review date needs the day of at least one record")
    return years_after(max(days), (schedule or shipped_schedule()).rule(group).review_after_years)


def keep_until(
    group: RetentionGroup, born: PartialDate | None, schedule: RetentionSchedule | None = None
) -> date | None:
    """The day before which the record may not be disposed of, if its group sets an age and the birth is known."""
    age = (schedule or shipped_schedule()).rule(group).keep_until_age
    return None if age is None or born is None else years_after(born.last_day, age)


def is_overdue(due: date, today: date) -> bool:
    """Whether a review is due and has not been held: from the day after the due date."""
    return today > due


def years_after(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 28 February where that year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
