"""Agreements as data for the rules: by consumer, then purpose, then provider, so that a rule reads few.

Terms say what an agreement covers as the values of each policy fact; whatever they do not name stays closed. Dates go
in as days and are compared at every decision: an agreement ends on its last day even if nobody compiles it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from pydantic import Field, field_validator

from ndsc.model.base import Code, ForceId, Model
from ndsc.model.facts import epoch_day
from ndsc.model.pole import BODIES, SubjectCategory
from ndsc.model.sharing import Purpose, Role
from ndsc.policy.decider import Duty, Mask

_FACT_OF_SUBJECT = {
    SubjectCategory.SUSPECT: "suspect",
    SubjectCategory.CONVICTED: "convicted",
    SubjectCategory.VICTIM: "victim",
    SubjectCategory.WITNESS: "witness",
    SubjectCategory.OTHER: "other_subject",
}
_ATTRIBUTES = frozenset(name for body in BODIES.values() for name in body.model_fields)
_HANDLING_WITHOUT_CONDITIONS = ("", "P", "1", "2", "3")
_HANDLING_WITH_CONDITIONS = ("C", "5")


class AgreementTerms(Model):
    """What one agreement in force lets one force see of another's records."""

    name: Code
    consumers: tuple[ForceId, ...] = Field(min_length=1)
    providers: tuple[ForceId, ...] = Field(min_length=1)
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    categories: tuple[str, ...] = Field(min_length=1, description="data categories it covers")
    starts_on: date
    ends_on: date
    roles: tuple[Role, ...] = (Role.OFFICER, Role.ANALYST, Role.INTELLIGENCE_OFFICER)
    clearance: int = Field(default=1, ge=1, le=4, description="lowest clearance that it names")
    highest_tier: int = Field(default=0, ge=0, le=2)
    sensitive: bool = Field(default=False, description="covers -SENSITIVE records too")
    handling_conditions: bool = Field(default=False, description="covers handling code C (5 of 5x5x5) too")
    excluded_subjects: tuple[SubjectCategory, ...] = ()
    masks: tuple[Mask, ...] = ()
    duties: tuple[Duty, ...] = ()
    delete_after_days: int | None = Field(default=None, ge=1)

    @field_validator("masks")
    @classmethod
    def _masks_name_attributes(cls, masks: tuple[Mask, ...]) -> tuple[Mask, ...]:
        # A misspelt mask would mask nothing: the agreement would show more than its parties meant.
        for mask in masks:
            if mask.field not in _ATTRIBUTES:
                raise ValueError(f"a mask names {mask.field[:40]!r}, which is no attribute of any record")
        return masks

    def data(self) -> dict[str, Any]:
        """One entry of ``data.agreements``; see ``platform/policies/agreement`` for its shape."""
        handling = _HANDLING_WITHOUT_CONDITIONS + (_HANDLING_WITH_CONDITIONS if self.handling_conditions else ())
        subjects = {
            fact: [False] if subject in self.excluded_subjects else [False, True]
            for subject, fact in _FACT_OF_SUBJECT.items()
        }
        return {
            "name": self.name,
            "starts": epoch_day(self.starts_on),
            "ends": epoch_day(self.ends_on),
            "roles": sorted(set(self.roles)),
            "clearance": self.clearance,
            "admits": {
                "category": sorted(set(self.categories)),
                "tier": list(range(self.highest_tier + 1)),
                "sensitive": [False, True] if self.sensitive else [False],
                "handling": list(handling),
                **subjects,
            },
            "masks": [mask.model_dump(mode="json") for mask in self.masks],
            "duties": [duty.model_dump(mode="json") for duty in self._all_duties()],
        }

    def _all_duties(self) -> Sequence[Duty]:
        if self.delete_after_days is None:
            return self.duties
        sentence = f"Delete your copy within {self.delete_after_days} days."
        return (*self.duties, Duty(name="delete-by", sentence=sentence, days=self.delete_after_days))


def agreements_data(terms: Iterable[AgreementTerms]) -> dict[str, dict[str, dict[str, list[dict[str, Any]]]]]:
    """``data.agreements``: consumer, purpose, provider, then the agreements, least masking first, then by name.

    The first that opens a record is the one that counts, so a person sees what the most open of them allows, and the
    order never depends on how the agreements were given.
    """
    data: dict[str, dict[str, dict[str, list[dict[str, Any]]]]] = {}
    for term in sorted(terms, key=lambda term: (len(term.masks), term.name)):
        entry = term.data()
        for consumer in term.consumers:
            for purpose in term.purposes:
                by_provider = data.setdefault(consumer, {}).setdefault(purpose.value, {})
                for provider in term.providers:
                    if provider != consumer:
                        by_provider.setdefault(provider, []).append(entry)
    return data
