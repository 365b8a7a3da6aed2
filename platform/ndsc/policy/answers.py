"""What comes out of the rules, read strictly: an answer of an odd shape is no answer, and that is "no"."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from ndsc.model.base import Model
from ndsc.model.sharing import Treatment
from ndsc.policy.decider import (
    AgreementSought,
    Duty,
    Mask,
    RecordDecision,
    Refusal,
    SearchDecision,
)

STRICTEST_FIRST = (
    Treatment.WITHHELD,
    Treatment.INITIALS,
    Treatment.YEAR_ONLY,
    Treatment.AREA_ONLY,
    Treatment.MONTH_ONLY,
)


class Listing(StrEnum):
    """How a record stands in the registry of who holds what."""

    VISIBLE = "visible"  # a searcher is led to the holder
    SILENT = "silent"  # the holder learns of the search, the searcher learns nothing
    NEVER = "never"  # not listed


class _Answer(Model):
    # Whitespace stays: an answer is taken as it came. Numbers are never taken for booleans.
    model_config = ConfigDict(str_strip_whitespace=False)

    at: int


class _Why(Model):
    rule: str
    sentence: str
    agreement_sought: AgreementSought | None = None


class _Opened(_Answer):
    visible: Literal[True]
    rule: str
    agreement: str | None = None
    masks: tuple[Mask, ...]
    duties: tuple[Duty, ...]


class _Refused(_Answer):
    visible: Literal[False]
    refusal: _Why
    tell: bool


class _Listed(_Answer):
    listing: Listing


class _SearchAllowed(Model):
    allowed: Literal[True]
    rule: str
    ask_everyone: bool
    ask_everyone_refusal: str = ""
    ask_own_force: bool


class _SearchRefused(Model):
    allowed: Literal[False]
    rule: str
    sentence: str


_records: TypeAdapter[list[_Opened | _Refused]] = TypeAdapter(list[_Opened | _Refused])
_listings: TypeAdapter[list[_Listed]] = TypeAdapter(list[_Listed])
_search: TypeAdapter[_SearchAllowed | _SearchRefused] = TypeAdapter(_SearchAllowed | _SearchRefused)

NO_ANSWER = Refusal(
    rule="policy/no-answer",
    sentence="The policy engine gave no answer, so nothing is shown.",
    tell=False,
)


def no_record() -> RecordDecision:
    """What a record gets when the rules say nothing of it."""
    return RecordDecision(visible=False, rule=NO_ANSWER.rule, refusal=NO_ANSWER)


def no_search() -> SearchDecision:
    """What a search gets when the rules say nothing of it: the person is told, for nothing is told of any record."""
    return SearchDecision(
        allowed=False, rule=NO_ANSWER.rule, refusal=NO_ANSWER.model_copy(update={"tell": True}), ask_everyone=False
    )


def search_decision(raw: Any) -> SearchDecision:
    """Read ``ndsc/search/decision``."""
    try:
        answer = _search.validate_python(raw)
    except ValidationError:
        return no_search()
    if isinstance(answer, _SearchAllowed):
        return SearchDecision(**answer.model_dump())
    refusal = Refusal(rule=answer.rule, sentence=answer.sentence, tell=True)
    return SearchDecision(allowed=False, rule=answer.rule, refusal=refusal)


def record_decisions(raw: Any, count: int) -> list[RecordDecision]:
    """Read ``ndsc/record/decisions``: exactly one answer for each of ``count`` records, else "no" for all of them."""
    try:
        answers = _records.validate_python(raw)
    except ValidationError:
        return [no_record()] * count
    if sorted(answer.at for answer in answers) != list(range(count)):
        return [no_record()] * count
    return [_decision(answer) for answer in sorted(answers, key=lambda answer: answer.at)]


def listings(raw: Any, count: int) -> list[Listing]:
    """Read ``ndsc/listing/listings`` in the same way; what cannot be read is never listed."""
    try:
        answers = _listings.validate_python(raw)
    except ValidationError:
        return [Listing.NEVER] * count
    if sorted(answer.at for answer in answers) != list(range(count)):
        return [Listing.NEVER] * count
    return [answer.listing for answer in sorted(answers, key=lambda answer: answer.at)]


def strictest(masks: Sequence[Mask]) -> tuple[Mask, ...]:
    """One mask for each field, the strictest that anybody asked for, in the order of the fields' names."""
    kept: dict[str, Treatment] = {}
    for mask in masks:
        kept[mask.field] = min(kept.get(mask.field, mask.treatment), mask.treatment, key=STRICTEST_FIRST.index)
    return tuple(Mask(field=field, treatment=treatment) for field, treatment in sorted(kept.items()))


def _decision(answer: _Opened | _Refused) -> RecordDecision:
    if isinstance(answer, _Opened):
        return RecordDecision(
            visible=True,
            rule=answer.rule,
            agreement=answer.agreement,
            masks=strictest(answer.masks),
            duties=answer.duties,
        )
    refusal = Refusal(
        rule=answer.refusal.rule,
        sentence=answer.refusal.sentence,
        agreement_sought=answer.refusal.agreement_sought,
        tell=answer.tell,
    )
    return RecordDecision(visible=False, rule=refusal.rule, refusal=refusal)
