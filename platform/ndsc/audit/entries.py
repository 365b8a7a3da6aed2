"""What an entry says: when, who, on whose behalf, why, about which records, and who received them.

Data Protection Act 2018 section 62 names six operations that an automated system must log. An entry names records and
never what stands in them, so that the log of an erasure does not keep the erased, and reading the log shows no record.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints, field_serializer

from ndsc.model.base import ForceId, Model

FORMAT = 1
"""Version of the canonical form; readers of old logs meet old versions for ever."""

MAX_NAMED = 250
"""Records that an entry names one by one; above it stand their number and digest."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _plain(value: object) -> object:
    """Control characters become spaces: one entry is one line, and PostgreSQL's JSON holds no NUL."""
    return _CONTROL.sub(" ", value) if isinstance(value, str) else value


Short = Annotated[str, BeforeValidator(_plain), StringConstraints(min_length=1, max_length=200)]
Sentence = Annotated[str, BeforeValidator(_plain), StringConstraints(min_length=1, max_length=4000)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Number = Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1)]  # beyond it JSON readers disagree (RFC 8259 section 6)
Value = Annotated[str, BeforeValidator(_plain), StringConstraints(max_length=2000)]


class Operation(StrEnum):
    """The operations of Data Protection Act 2018 section 62(1)."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"


class Subject(Model):
    """Which records: all of them by number and digest, and by id where they are not too many to name."""

    count: Annotated[int, Field(ge=0)]
    records: Annotated[tuple[Short, ...], Field(max_length=MAX_NAMED)] = ()
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None

    @classmethod
    def of(cls, records: Iterable[str]) -> Subject:
        """From record ids; their order and repetitions do not matter.

        The digest is SHA-256 over the sorted ids, each followed by a newline: whoever holds the list can show that it
        is the one, and whoever does not learns nothing from it.
        """
        named = sorted(set(records))
        if len(named) <= MAX_NAMED:
            return cls(count=len(named), records=tuple(named))
        digest = hashlib.sha256()
        for record in named:
            digest.update(f"{record}\n".encode())
        return cls(count=len(named), digest=digest.hexdigest())


def _as_subject(value: object) -> object:
    return Subject.of(value) if isinstance(value, list | tuple | set | frozenset) else value


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


class Entry(Model):
    """One operation. ``subject`` may be given as a sequence of record ids."""

    at: Annotated[AwareDatetime, AfterValidator(_to_utc)] = Field(default_factory=lambda: datetime.now(UTC))
    operation: Operation
    actor: Short = Field(description="the officer's identity, or the part of the platform that acted by itself")
    actor_force: ForceId | None = Field(default=None, description="none for a national part")
    purpose: Short | None = None
    justification: Sentence | None = Field(default=None, description="the actor's own words for why")
    reference: Short | None = Field(default=None, description="case, incident or operation that it belongs to")
    legal_basis: Short | None = None
    subject: Annotated[Subject, BeforeValidator(_as_subject)] = Subject(count=0)
    recipients: Annotated[tuple[Short, ...], Field(max_length=200)] = Field(
        default=(), description="who received the data, for a disclosure (section 62(2))"
    )
    request_id: Annotated[str, StringConstraints(max_length=64)] = ""
    detail: Annotated[dict[Key, Value | Number], Field(max_length=20)] = Field(
        default_factory=dict, description="codes and counts; never a name, a value searched for or other personal data"
    )

    @field_serializer("at")
    def _fixed_width(self, moment: datetime) -> str:
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")  # always microseconds: so that text order is time order

    def canonical(self) -> str:
        """The one JSON text of this entry: sorted names, no spaces, nothing that is empty, no fractions.

        It is RFC 8785 (JSON Canonicalization Scheme) for what an entry can hold: names are ASCII and numbers whole.
        """
        content = {name: value for name, value in self.model_dump(mode="json").items() if value not in (None, "", [])}
        content["subject"] = {name: value for name, value in content["subject"].items() if value not in (None, [])}
        if not self.detail:
            del content["detail"]
        return json.dumps({"format": FORMAT, **content}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> Entry:
        """Read a canonical entry. Raises pydantic's ValidationError (a ValueError) for anything else."""
        content = json.loads(text)
        if isinstance(content, dict) and content.pop("format", None) != FORMAT:
            raise ValueError(f"this reads entries of format {FORMAT}")
        return cls.model_validate(content)


def leaf_data(seq: int, canonical: str) -> bytes:
    """What the tree's leaf commits to: the place in the log too, so that an entry moved elsewhere shows by itself."""
    return f"{seq} {canonical}".encode()
