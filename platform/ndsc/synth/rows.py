"""The shape of what synth writes: one nominal a line, as a force's system might export it.

``<force>.jsonl`` holds a ``Row`` a line, ``truth.csv`` (force, ref, person_id) says who is who. A key whose value is
not known is left out, within ``person``, or null, at the top. The connector ``ndsc-synthetic`` reads exactly this.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from ndsc.model.base import Code, Model, Text
from ndsc.model.dates import PartialDate
from ndsc.model.handling import Grading, ProtectiveMarking
from ndsc.model.pole import Object, Person, SubjectCategory
from ndsc.model.record import Assertion, RetentionGroup


class RowEvent(Model):
    """The event that a nominal was recorded for."""

    reference: Text = Field(description="crime reference, or URN of an intelligence report")
    category: Literal["crime", "incident", "custody", "intelligence", "missing-person"] = "crime"
    crime_type: Code | None = None
    occurred: PartialDate | None = None
    title: Text | None = None


class Row(Model):
    """One person as one force recorded them, with what came with them."""

    ref: Text = Field(description="the force's own reference, begins with SYN-")
    recorded: datetime
    updated: datetime
    person: Person
    vehicle: Object | None = None
    phone: Text | None = Field(default=None, description="E.164; the telephone as a thing of its own")
    event: RowEvent | None = None
    subject_category: SubjectCategory | None = None
    marking: ProtectiveMarking = ProtectiveMarking()
    grading: Text | None = Field(default=None, description="1AP, 2BC, or a legacy B24")
    conditions: Text | None = Field(default=None, description="with handling code C: the conditions")
    action: Text | None = Field(default=None, description="with handling code C: A1, A2 or A3")
    sanitisation: Text | None = Field(default=None, description="with handling code C: S1 or S2")
    usage: Text | None = Field(default=None, description="with action A3: the usage text")
    immunity: bool = Field(default=False, description="under public interest immunity")
    retention_group: RetentionGroup = RetentionGroup.OTHER_OFFENCE
    review_on: date
    assertion: Assertion = Assertion.FACT

    @model_validator(mode="after")
    def _grading_holds_together(self) -> Self:
        if self.grading is not None:
            self.parsed_grading()
        if (self.event is None) != (self.subject_category is None):
            raise ValueError("a person in an event has a subject category, and no other")
        return self

    def parsed_grading(self) -> Grading | None:
        """The grading with its conditions, as the model knows it. Raises ``ValueError`` when they do not fit."""
        if self.grading is None:
            return None
        return Grading.parse(
            self.grading,
            conditions=self.conditions,
            action=self.action,
            sanitisation=self.sanitisation,
            usage=self.usage,
        )

    def line(self) -> str:
        """The row as one line of JSON, with its line end."""
        data: dict[str, Any] = self.model_dump(mode="json")
        data["person"] = _known(data["person"])
        data["vehicle"] = _known(data["vehicle"]) if data["vehicle"] else None
        data["marking"] = {key: value for key, value in data["marking"].items() if value != []}
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def _known(body: dict[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in body.items() if value not in (None, [], {}) and key != "kind"}
    return {key: _known(value) if isinstance(value, dict) else value for key, value in known.items()}
