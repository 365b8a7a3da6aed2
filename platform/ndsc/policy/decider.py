"""The one interface to policy, and the values that go in and come out.

Whoever asks (gateway, node, command line) sees only this module: which engine answers is somebody else's choice. No
name, identifier or free text goes in: rules see what a record *is* (``PolicyFacts``), who asks, and for what.
A decider never raises because of what it is asked, and it answers "no" whenever it cannot answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from pydantic import Field

from ndsc.model.base import Model
from ndsc.model.facts import PolicyFacts, epoch_day
from ndsc.model.pole import Kind
from ndsc.model.sharing import Treatment

__all__ = [
    "AgreementSought",
    "Decider",
    "Duty",
    "Mask",
    "RecordDecision",
    "Refusal",
    "SearchDecision",
    "SearchRequest",
    "Subject",
    "Treatment",
]


class Subject(Model):
    """Who asks: what the officer's verified token says of them."""

    sub: str = Field(description="the officer's identity; rules never see it")
    force: str
    roles: tuple[str, ...] = ()
    clearance: int = Field(default=0, description="0 none, 1 BPSS, 2 CTC, 3 SC, 4 DV")


class SearchRequest(Model):
    """What is asked, and why. Purposes outside ``ndsc.model.sharing.Purpose`` are refused by rule, not by type."""

    purpose: str
    justification: str = Field(description="why, in the officer's words; rules see its length and nothing else")
    reference: str | None = Field(default=None, description="crime, incident or operation it belongs to")
    legal_basis: str | None = Field(default=None, description="statute relied on; required for statutory-duty")
    kinds: tuple[Kind, ...] = tuple(Kind)
    today: int = Field(
        default_factory=lambda: epoch_day(date.today()),  # noqa: DTZ011  # agreements run by local calendar days
        description="day of the request, counted from 1970-01-01; set by the part that decides, never by the caller",
    )


class Mask(Model):
    """One attribute of the body that is shown less exactly than it is held, or not at all."""

    field: str
    treatment: Treatment


class Duty(Model):
    """Something that goes with the record and binds whoever received it."""

    name: str = Field(description="kebab-case name, such as no-onward-sharing")
    sentence: str = Field(description="the duty in one plain sentence")
    days: int | None = Field(default=None, description="within how many days, where the duty has a term")


class AgreementSought(Model):
    """The agreement that would have been needed, and that nobody had in force."""

    consumer: str
    provider: str
    purpose: str
    category: str

    def __str__(self) -> str:
        return f"{self.provider} to {self.consumer}, {self.category} data, for {self.purpose}"


class Refusal(Model):
    """Why not."""

    rule: str = Field(description="the rule that refused, such as floor/immunity")
    sentence: str = Field(description="one plain sentence")
    agreement_sought: AgreementSought | None = None
    tell: bool = Field(
        default=False, description="whether the asker may learn of it; if not, the answer is that of nothing held"
    )


class SearchDecision(Model):
    """Whether this person may search for this purpose at all."""

    allowed: bool
    rule: str
    refusal: Refusal | None = Field(default=None, description="always there when not allowed, and always tellable")
    ask_everyone: bool = Field(
        default=False, description="a query with no usable index token may be sent to every force"
    )
    ask_everyone_refusal: str = Field(
        default="", description="why not, as a clause, where the search itself is allowed"
    )
    ask_own_force: bool = Field(
        default=False, description="their own force is asked whatever the index knows: it may hold what none may list"
    )


class RecordDecision(Model):
    """What one record may show to this person for this purpose."""

    visible: bool
    rule: str = Field(description="the rule that opened or refused it")
    agreement: str | None = Field(default=None, description="agreement that opened it; none inside one's own force")
    masks: tuple[Mask, ...] = ()
    duties: tuple[Duty, ...] = ()
    refusal: Refusal | None = Field(default=None, description="always there when not visible")


class Decider(Protocol):
    """Answers by rule. Safe to share between threads. Whoever serves calls :meth:`compile` when it starts."""

    def compile(self) -> None:
        """Make ready to answer, at once where that is done already. Raises where the rules are none that can be used.

        Without it such rules would be found at the first question, which they answer "no".
        """

    @property
    def revision(self) -> str:
        """Digest of the rules and data in use: written into every audit entry."""

    def may_search(self, subject: Subject, request: SearchRequest) -> SearchDecision:
        """Whether this person may search for this purpose."""

    def judge(self, subject: Subject, request: SearchRequest, facts: Sequence[PolicyFacts]) -> list[RecordDecision]:
        """One decision for each record, in their order; a search that is not allowed shows no record."""
