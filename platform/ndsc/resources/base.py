"""What every manifest has in common: the Kubernetes envelope, conditions, and rules that hold for the whole.

Field names are camelCase in YAML and snake_case here. Shapes stay inside what a structural schema of Kubernetes can
say: no unions, every list and text bounded (an unbounded one makes a CEL rule on it too costly to be admitted).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from ndsc.resources.rules import broken

GROUP = "ndsc.police.uk"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
ApiVersion = Literal["ndsc.police.uk/v1alpha1"]
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", max_length=63)]
"""RFC 1123 label: what Kubernetes lets a namespace be called, so that a force's name can be its namespace's."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line of text."""

Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
"""A few sentences."""

LabelKey = Annotated[
    str, StringConstraints(pattern=r"^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$")
]
LabelValue = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$")]


def _day(value: object) -> object:
    if isinstance(value, str):
        if not _DAY.fullmatch(value):
            raise ValueError("should be a day, YYYY-MM-DD")
        return date.fromisoformat(value)
    return value


Day = Annotated[date, BeforeValidator(_day)]
"""A calendar day (RFC 3339 full-date). Pydantic alone would read digits as seconds since 1970."""

Quantity = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,14}(m|k|M|G|T|Ki|Mi|Gi|Ti)?$", max_length=20)]
"""A Kubernetes quantity, such as ``500m``, ``2`` or ``20Gi``."""


class Part(BaseModel):
    """A closed, immutable part of a manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Metadata(Part):
    """The standard object metadata of Kubernetes; all but the first four are the server's."""

    name: Name = Field(description="Unique among resources of its kind (and namespace). Cannot be changed.")
    namespace: Name | None = Field(
        default=None, description="Where a namespaced resource lives; default when left out."
    )
    labels: dict[LabelKey, LabelValue] = Field(
        default_factory=dict, max_length=64, description="Names and values to select resources by."
    )
    annotations: dict[LabelKey, Annotated[str, StringConstraints(max_length=16_384)]] = Field(
        default_factory=dict, max_length=64, description="Notes for tools; not selected by."
    )
    uid: str | None = Field(default=None, description="Set by the server: this one and no later one of the same name.")
    generation: int | None = Field(default=None, description="Set by the server: counts changes of the spec.")
    resource_version: str | None = Field(default=None, description="Set by the server: counts changes of any sort.")
    creation_timestamp: datetime | None = Field(default=None, description="Set by the server.")
    deletion_timestamp: datetime | None = Field(
        default=None, description="Set by the server while it is being deleted."
    )
    deletion_grace_period_seconds: int | None = Field(default=None, description="Set by the server.")
    generate_name: str | None = Field(default=None, description="Read by Kubernetes only.")
    self_link: str | None = Field(default=None, description="Read by Kubernetes only.")
    finalizers: tuple[str, ...] = Field(default=(), max_length=32, description="Who must act before it is gone.")
    owner_references: tuple[dict[str, Any], ...] = Field(default=(), max_length=32, description="What it belongs to.")
    managed_fields: tuple[dict[str, Any], ...] = Field(default=(), description="Who set which field.")


class ConditionStatus(StrEnum):
    """Whether a condition holds."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


ConditionType = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]{0,63}$")]


class Condition(Part):
    """One thing that is or is not so, in the Kubernetes convention (``metav1.Condition``)."""

    type: ConditionType = Field(description="What is judged, such as Ready.")
    status: ConditionStatus = Field(description="True, False or Unknown.")
    reason: ConditionType = Field(description="Why, in one CamelCase word that scripts may rely on.")
    message: Annotated[str, StringConstraints(max_length=4096)] = Field(
        default="", description="Why, for people, and what to do about it."
    )
    last_transition_time: datetime = Field(description="When the status last changed.")
    observed_generation: int = Field(default=0, ge=0, description="Generation of the spec that was judged.")


class Status(Part):
    """What a controller saw; never written by hand."""

    observed_generation: int = Field(default=0, ge=0, description="Generation of the spec that this status describes.")
    conditions: tuple[Condition, ...] = Field(
        default=(), max_length=32, description="Each at most once.", json_schema_extra={"listMapKeys": ["type"]}
    )

    def condition(self, type_: str) -> Condition | None:
        """The condition of that type, where it was ever judged."""
        return next((condition for condition in self.conditions if condition.type == type_), None)

    def is_true(self, type_: str) -> bool:
        """Whether that condition was judged and holds."""
        found = self.condition(type_)
        return found is not None and found.status is ConditionStatus.TRUE

    def with_condition(self, new: Condition) -> Self:
        """This status with one condition set; its transition time stays unless its ``status`` really changes."""
        old = self.condition(new.type)
        if old is not None and old.status is new.status:
            new = new.model_copy(update={"last_transition_time": old.last_transition_time})
        if old is None:
            return self.model_copy(update={"conditions": (*self.conditions, new)})
        replaced = tuple(new if condition is old else condition for condition in self.conditions)
        return self.model_copy(update={"conditions": replaced})


class Manifest(Part):
    """The envelope. A kind narrows ``kind``, ``spec`` and ``status``, and says what kubectl calls it."""

    PLURAL: ClassVar[str]
    SHORT_NAMES: ClassVar[tuple[str, ...]] = ()
    NAMESPACED: ClassVar[bool] = False
    SELECTABLE: ClassVar[tuple[str, ...]] = ()
    """Paths of the fields that resources can be listed by."""
    SCALE: ClassVar[tuple[str, str, str] | None] = None
    """Paths of the wanted and the present number of copies and of their selector, for ``kubectl scale``."""

    api_version: ApiVersion = Field(default="ndsc.police.uk/v1alpha1", description="Group and version of the schema.")
    kind: str
    metadata: Metadata = Field(description="Its name, its labels, and what the server knows of it.")
    spec: Any
    status: Any

    @model_validator(mode="after")
    def _rules_hold(self) -> Self:
        found = broken(self)
        if found:
            raise PydanticCustomError(
                "broken_rules", "{first}", {"first": found[0].message, "rules": [(b.path, b.message) for b in found]}
            )
        return self

    @property
    def name(self) -> str:
        """Its name among its kind."""
        return self.metadata.name

    @property
    def ref(self) -> str:
        """How kubectl prints it: ``force.ndsc.police.uk/south-wales``."""
        return f"{self.kind.lower()}.{GROUP}/{self.metadata.name}"

    def dump(self) -> dict[str, Any]:
        """As plain JSON values under the names that YAML uses: defaults written out, nothing that is not set."""
        plain = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        plain["metadata"] = {name: value for name, value in plain["metadata"].items() if value not in ({}, [])}
        return plain
