"""What a node is asked and answers: the wire models, which the gateway reads too."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError

from ndsc.errors import InvalidInputError
from ndsc.index.canonical import fold
from ndsc.model.base import Code, ForceId, Model, Text
from ndsc.model.handling import Grading, ProtectiveMarking
from ndsc.model.pole import AnyBody, Kind, Person, Role, SubjectCategory
from ndsc.model.record import Assertion, Provenance, RecordId, RetentionGroup

MAX_CANDIDATES = 200
MAX_TOKENS = 200
MAX_LINKS = 20
"""Linked records shown with each record at most."""
MAX_RECORD_BYTES = (1 + MAX_LINKS) * 64 * 1024
"""JSON of a record with all that it is linked with, at most: an event has two long texts, the rest is short."""
TOKEN_BYTES = 32

EXAMPLE_SEARCH: dict[str, JsonValue] = {
    "kind": "person",
    "tokens": ["n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"],
    "purpose": "bring-offenders-to-justice",
    "justification": "Suspect named by a witness to the theft",
    "reference": "62-2025-001417",
}


def encode_token(token: bytes) -> str:
    """An index token as it travels: base64url without padding (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def decode_token(text: str) -> bytes:
    """The 32 bytes of a token. Raises ``ValueError`` for anything but the one spelling of 32 bytes."""
    try:
        token = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a token is base64url") from None
    if len(token) != TOKEN_BYTES or encode_token(token) != text:
        raise ValueError(f"a token is {TOKEN_BYTES} bytes in base64url")
    return token


def _is_token(text: str) -> str:
    decode_token(text)
    return text


Token = Annotated[str, AfterValidator(_is_token), Field(min_length=43, max_length=43, pattern=r"^[A-Za-z0-9_-]{43}$")]


_NOT_WRITING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff]"
)


def _written(value: object) -> object:
    return _NOT_WRITING.sub(" ", value) if isinstance(value, str) else value


Words = Annotated[str, BeforeValidator(_written)]
"""What an officer writes: one line, without characters that control a screen, turn the line around or cannot be seen:
a log must read as it was written."""


class Grounds(Model):
    """Why somebody asks: judged by policy, and written in the audit log."""

    purpose: Code = Field(description="policing purpose, such as prevent-crime")
    justification: Words = Field(default="", max_length=500, description="why this is necessary, in a sentence")
    reference: Words = Field(default="", max_length=100, description="the case, incident or operation it belongs to")
    legal_basis: Words = Field(
        default="", max_length=200, description="the power or duty relied on, where there is one"
    )


def stated_grounds(stated: Mapping[str, str]) -> Grounds:
    """Grounds as somebody wrote them. Raises :class:`InvalidInputError`."""
    try:
        return Grounds.model_validate(stated)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInputError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None


class NodeSearch(Grounds):
    """A search of one node: by index tokens, or, where policy lets every force be asked, by plain criteria."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_SEARCH]})

    kind: Kind
    tokens: Annotated[tuple[Token, ...], Field(max_length=MAX_TOKENS)] = ()
    criteria: AnyBody | None = Field(
        default=None, description="what is known, where no token can be made of it; needs leave to ask every force"
    )
    limit: int = Field(default=50, ge=1, le=MAX_CANDIDATES, description="candidates to judge at most")


def plain_criteria(query: AnyBody) -> Person | None:
    """What of a query can be searched by without a token, and nothing else of it: a person's names, with their birth.

    ``None`` where there is no name: a date of birth alone is that of thousands.
    """
    if not isinstance(query, Person):
        return None
    names = {"given_name": query.given_name, "surname": query.surname}
    stated = {attribute: name for attribute, name in names.items() if name and fold(name)}
    return Person(**stated, date_of_birth=query.date_of_birth) if stated else None


class AppliedMask(Model):
    """One field that policy changed before the record was given."""

    field: str
    treatment: str = Field(description="withheld, year-only, area-only ...")


class Verdict(Model):
    """Why a record is given: the rule, the agreement if one opened it, and the same in words."""

    visible: bool = True
    rule: str
    agreement: str | None = None
    sentence: str = ""


class Refusal(Model):
    """Why records were not given, where policy lets that be told: never which records."""

    rule: str
    agreement_sought: str | None = None
    sentence: str
    count: int = Field(
        default=1, ge=0, description="how many records it withheld; 0 when the request itself was refused"
    )


class Given(Model):
    """A record that policy lets through, masked."""

    id: RecordId
    force: ForceId
    kind: Kind
    body: AnyBody
    marking: ProtectiveMarking = ProtectiveMarking()
    grading: Grading | None = None
    masks: tuple[AppliedMask, ...] = ()
    duties: tuple[str, ...] = Field(default=(), description="what the receiver must do with it")


class FoundLink(Given):
    """A record that a found one is linked with, judged and masked by itself."""

    role: Role
    direction: Literal["to", "from"] = Field(description="to: the found record is the link's source; from: its target")
    subject_category: SubjectCategory | None = None


class FoundRecord(Given):
    """One record found, with what it is linked with."""

    source_system: Code
    source_reference: Text | None = Field(
        default=None, description="its reference in that system; told inside the force that holds it"
    )
    recorded_at: datetime
    updated_at: datetime
    provenance: Provenance
    assertion: Assertion = Assertion.FACT
    retention_group: RetentionGroup
    review_on: date
    public_interest_immunity: bool = False
    subject_categories: tuple[SubjectCategory, ...] = Field(
        default=(), description="over all the events that it is shown with"
    )
    matched: tuple[str, ...] = Field(
        default=(), description="index keys it shares with the query, by name, without those of masked attributes"
    )
    decision: Verdict
    links: tuple[FoundLink, ...] = ()


class NodeStatus(StrEnum):
    """How a search of a node came out."""

    ANSWERED = "answered"
    NOTHING = "nothing"
    DENIED = "denied"


class NodeAnswer(Model):
    """A node's answer to a search. What may not be told is not in it, in no field and in no count."""

    force: ForceId
    status: NodeStatus
    records: tuple[FoundRecord, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    refused_count: int = Field(default=0, ge=0, description="records withheld, of those refusals that may be told")
    truncated: bool = Field(default=False, description="whether there were more candidates than the limit")
    policy_revision: str = Field(default="", description="the policy that judged it")


class RecordDecision(Model):
    """Whether one record is visible to the asker, and why (``ndsc why``)."""

    id: RecordId
    force: ForceId
    visible: bool
    rule: str
    agreement: str | None = None
    sentence: str
    masks: tuple[AppliedMask, ...] = ()
    duties: tuple[str, ...] = ()
    policy_revision: str = ""
