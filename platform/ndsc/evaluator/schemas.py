"""What the evaluator is asked and answers. Elements are 32 bytes as base64url without padding."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from ndsc.index.encoding import PATTERN
from ndsc.model.base import Model

MOST_ELEMENTS = 2_000

Element = Annotated[str, StringConstraints(pattern=PATTERN)]
EpochNumber = Annotated[int, Field(ge=1, le=999_999_999)]

_ELEMENT = "4vKuCmq8TnGohKlhxQBRX1jjC2qlgt2NtqZZReCNLXY"


class Evaluate(Model):
    """Blinded elements to evaluate."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"epoch": None, "elements": [_ELEMENT]}]})

    epoch: EpochNumber | None = Field(default=None, description="key epoch; the present one if none is named")
    elements: tuple[Element, ...] = Field(min_length=1, max_length=MOST_ELEMENTS, description="blinded elements")


class Evaluated(Model):
    """The evaluated elements, in the order they were asked."""

    epoch: EpochNumber
    elements: tuple[Element, ...]


class Epoch(Model):
    """One epoch of the index key."""

    epoch: EpochNumber
    current: bool = Field(description="whether new tokens are made with it")
    made_at: datetime


class Epochs(Model):
    """The epochs that are served."""

    epochs: tuple[Epoch, ...]
