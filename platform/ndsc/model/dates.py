"""Partial dates: a year, or a year and month, is a value in its own right and never padded to a full date."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

_PATTERN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True, order=False)
class PartialDate:
    """A calendar date known to the day, the month or the year (ISO 8601-1:2019 section 5.2.2, reduced precision).

    Raises ``ValueError`` for a date that the Gregorian calendar does not have.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.year <= 9999:
            raise ValueError(f"year {self.year} is not between 1 and 9999")
        if self.month is None:
            if self.day is not None:
                raise ValueError("a day without a month is not a date")
        elif self.day is None:
            if not 1 <= self.month <= 12:
                raise ValueError(f"month {self.month} is not between 1 and 12")
        else:
            date(self.year, self.month, self.day)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"{text[:40]!r} is not a date: write YYYY, YYYY-MM or YYYY-MM-DD")
        return cls(*(int(part) if part else None for part in match.groups()))  # type: ignore[arg-type]  # the year is always there

    @property
    def first_day(self) -> date:
        """The earliest day it can stand for."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last_day(self) -> date:
        """The latest day it can stand for."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def is_full(self) -> bool:
        """Whether it is known to the day."""
        return self.day is not None

    def day_and_month_swapped(self) -> PartialDate | None:
        """The date a clerk would have typed with day and month exchanged; ``None`` if that is no other date."""
        if self.day is None or self.month is None or self.day > 12 or self.day == self.month:
            return None
        return PartialDate(self.year, self.day, self.month)

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    @classmethod
    def _validate(cls, value: Any) -> PartialDate:
        if isinstance(value, cls):
            return value
        if isinstance(value, date):
            return cls(value.year, value.month, value.day)
        if isinstance(value, str):
            return _parsed(value)
        raise ValueError("a date is text: YYYY, YYYY-MM or YYYY-MM-DD")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$",
            "description": "A date known to the day, the month or the year.",
            "examples": ["1987-03-09", "1987-03", "1987"],
        }


@lru_cache(maxsize=4096)
def _parsed(text: str) -> PartialDate:
    """Exports name the same few dates over and over."""
    return PartialDate.parse(text)
