"""What goes into the rules: subject and request without identity or free text, and records reduced to what rules see.

Two records between the same cuts (see ``platform/policies/cuts``) are one record to every rule, so one answer serves
both. That is what makes the memory of past decisions work: thousands of records are a few dozen questions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ndsc.model.facts import PolicyFacts
from ndsc.policy.decider import SearchRequest, Subject

FACTS = tuple(PolicyFacts.model_fields)

Cuts = Mapping[str, tuple[int, ...]]
NO_CUTS: Cuts = {}


def reduced(value: int, cuts: tuple[int, ...]) -> int:
    """The number that stands for all that no comparison with ``cuts`` (ascending) can tell from ``value``."""
    place = bisect_left(cuts, value)
    if place < len(cuts) and cuts[place] == value:
        return value
    if place:
        return cuts[place - 1] + 1
    return cuts[0] - 1 if cuts else 0


@dataclass(frozen=True, slots=True)
class Question:
    """Everything but the records, hashable: the same question has the same answers."""

    force: str
    roles: tuple[str, ...]
    clearance: int
    purpose: str
    justification_length: int
    has_legal_basis: bool
    has_reference: bool
    kinds: tuple[str, ...]
    today: int

    @classmethod
    def of(cls, subject: Subject, request: SearchRequest, cuts: Cuts = NO_CUTS) -> Question:
        """Reduce subject and request to what rules may see."""
        length = len(" ".join(request.justification.split()))
        return cls(
            force=subject.force,
            roles=tuple(sorted(set(subject.roles))),
            clearance=subject.clearance,
            purpose=request.purpose,
            justification_length=reduced(length, cuts["justification_length"])
            if "justification_length" in cuts
            else length,
            has_legal_basis=bool((request.legal_basis or "").strip()),
            has_reference=bool((request.reference or "").strip()),
            kinds=tuple(sorted({kind.value for kind in request.kinds})),
            today=request.today,
        )

    def document(self, holder: str = "", records: tuple[tuple[Any, ...], ...] = ()) -> dict[str, Any]:
        """The rules' input; ``records`` are tuples in the order of :data:`FACTS`."""
        return {
            "subject": {"force": self.force, "roles": list(self.roles), "clearance": self.clearance},
            "request": {
                "purpose": self.purpose,
                "justification_length": self.justification_length,
                "has_legal_basis": self.has_legal_basis,
                "has_reference": self.has_reference,
                "kinds": list(self.kinds),
                "today": self.today,
            },
            "holder": holder,
            "records": [dict(zip(FACTS, record, strict=True)) for record in records],
        }


def reduced_facts(facts: PolicyFacts, cuts: Cuts) -> tuple[Any, ...]:
    """The record as rules tell it apart, in the order of :data:`FACTS`."""
    return tuple(
        reduced(value, cuts[name]) if name in cuts else value
        for name, value in ((name, getattr(facts, name)) for name in FACTS)
    )
