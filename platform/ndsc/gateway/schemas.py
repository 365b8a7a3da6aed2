"""What the gateway is asked and answers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import ConfigDict, Field, JsonValue

from ndsc.model.base import ForceId, Model
from ndsc.model.pole import AnyBody
from ndsc.node.schemas import FoundRecord, Grounds, Refusal

EXAMPLE_SEARCH: dict[str, JsonValue] = {
    "query": {
        "kind": "person",
        "given_name": "Siân",
        "surname": "Llewellyn-Price",
        "date_of_birth": "1987-03-09",
    },
    "purpose": "bring-offenders-to-justice",
    "justification": "Suspect named by a witness to the theft",
    "reference": "62-2025-001417",
}


class SearchRequest(Grounds):
    """One search: what is known of the person or thing, and why it is asked."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_SEARCH]})

    query: AnyBody = Field(description="the attributes that are known, in the common data model")
    ask_every_force: bool = Field(
        default=False, description="when nothing in the query can be looked up in the index: ask all, if policy allows"
    )
    limit: int = Field(default=50, ge=1, le=200, description="records wanted from each force at most")
    deadline_ms: int = Field(default=5000, ge=100, le=30_000, description="after this the answer goes out as it is")


class ForceStatus(StrEnum):
    """How a force came out of a search."""

    ANSWERED = "answered"
    NOTHING_HELD = "nothing-held"
    DENIED = "denied"
    TIMED_OUT = "timed-out"
    UNREACHABLE = "unreachable"
    HIBERNATED = "hibernated"
    NOT_ASKED = "not-asked"


UNASKED = frozenset({ForceStatus.HIBERNATED, ForceStatus.NOT_ASKED})
"""Where nothing of the search came to the force's node."""
_UNHEARD = UNASKED | {ForceStatus.TIMED_OUT, ForceStatus.UNREACHABLE}


class ForceAnswer(Model):
    """One line for each force asked; for every force, where the deadline was over before it was known whom to ask."""

    force: ForceId
    status: ForceStatus
    records: int = Field(default=0, description="how many records it gave")
    refusals: tuple[Refusal, ...] = Field(default=(), description="what it would not give, where it may say so")
    took_ms: float = Field(description="from asking to answer, milliseconds")
    detail: str = Field(default="", description="one sentence where something went wrong")


class Comparison(Model):
    """How one attribute of a record compares with what was asked, or with another record."""

    name: str
    label: str = Field(description="how the values compare, in the model's words")
    level: int = Field(description="-1 where nothing could be compared, 0 for different, higher for closer")
    weight: float = Field(description="log2 Bayes factor: positive speaks for the same person or thing")
    rarity: float = Field(default=0, description="the part of it that comes from how rare the shared value is")


class Member(Model):
    """A record in a group, with how well it fits the query."""

    record: FoundRecord
    probability: float = Field(ge=0, le=1, description="that it is whom or what was asked for")
    match_weight: float = Field(description="log2 odds that it is")
    comparisons: tuple[Comparison, ...]
    reasons: tuple[str, ...] = Field(description="the same in words")
    bond_with: str | None = Field(default=None, description="the record of the group that it is closest to")
    bond_reasons: tuple[str, ...] = Field(default=(), description="why these two are one and the same")


class Conflict(Model):
    """An attribute on which records of one group differ: shown, never merged away."""

    attribute: str
    values: dict[str, tuple[str, ...]] = Field(description="each value with the records that say so")


class Group(Model):
    """Records of one or several forces that are about the same person or thing."""

    label: str
    probability: float = Field(ge=0, le=1, description="of its best member")
    forces: tuple[ForceId, ...]
    members: tuple[Member, ...]
    conflicts: tuple[Conflict, ...] = ()


class SearchAnswer(Model):
    """The answer: what each force asked said, and the records grouped; partial is normal."""

    request_id: str = Field(
        pattern=r"^[A-Za-z0-9._-]{8,64}$", description="names the search in every log, and its report"
    )
    asked_at: datetime
    took_ms: float
    keys: tuple[str, ...] = Field(description="the index keys that the query gave, by name")
    note: str = Field(default="", description="what the searcher should know, such as that no key could be made")
    network: int = Field(description="forces in the network")
    forces: tuple[ForceAnswer, ...] = Field(
        description="a line for each force asked; one that the index led to and that has nothing to say has none"
    )
    groups: tuple[Group, ...]

    @property
    def complete(self) -> bool:
        """Whether every force asked has answered in its own words."""
        return all(force.status not in _UNHEARD for force in self.forces)
