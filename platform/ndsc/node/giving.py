"""Puts together what a visible record gives: its content after masking, what governs it, and why it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from ndsc.model.facts import PolicyFacts
from ndsc.model.handling import Grading, ProtectiveMarking
from ndsc.model.pole import AnyBody, Kind, Role, SubjectCategory
from ndsc.model.record import Provenance
from ndsc.node.finding import Candidate, Content, Neighbour
from ndsc.node.schemas import AppliedMask, FoundLink, FoundRecord, Verdict
from ndsc.policy.decider import RecordDecision
from ndsc.policy.explain import explain_record
from ndsc.policy.masking import apply_masks

_BODY: TypeAdapter[AnyBody] = TypeAdapter(AnyBody)


def found_record(
    candidate: Candidate, decision: RecordDecision, content: Content, links: Sequence[FoundLink], *, inside: bool
) -> FoundRecord:
    """A record found, from its row; ``inside`` says that the asker serves the force that holds it.

    What a record shares with others of its source's row stays inside. The identities of all that a row gave follow from
    its reference: with it, somebody could ask by name for the home or the telephone whose link is withheld.
    """
    envelope = content.envelope
    provenance = Provenance.model_validate(content.provenance)
    return FoundRecord(
        **_given(candidate.id, candidate.facts, decision, content),
        source_system=content.source_system,
        source_reference=content.source_reference if inside else None,
        recorded_at=content.recorded_at,
        updated_at=content.updated_at,
        provenance=provenance if inside else provenance.model_copy(update={"file": None, "line": None}),
        assertion=envelope["assertion"],
        retention_group=envelope["retention_group"],
        review_on=envelope["review_on"],
        public_interest_immunity=candidate.facts.immunity,
        subject_categories=_categories(links),
        matched=candidate.matched,
        decision=verdict(decision),
        links=tuple(links),
    )


def found_link(neighbour: Neighbour, decision: RecordDecision, content: Content) -> FoundLink:
    """A linked record, from its row."""
    return FoundLink(
        **_given(neighbour.id, neighbour.facts, decision, content),
        role=Role(neighbour.role),
        direction=neighbour.direction,
        subject_category=SubjectCategory(neighbour.subject_category) if neighbour.subject_category else None,
    )


def verdict(decision: RecordDecision) -> Verdict:
    """The decision as it travels."""
    return Verdict(
        visible=decision.visible,
        rule=decision.rule,
        agreement=decision.agreement,
        sentence=explain_record(decision),
    )


def applied(decision: RecordDecision) -> tuple[AppliedMask, ...]:
    """The masks as they travel."""
    return tuple(AppliedMask(field=mask.field, treatment=mask.treatment.value) for mask in decision.masks)


def _given(identity: str, facts: PolicyFacts, decision: RecordDecision, content: Content) -> dict[str, Any]:
    body, masked = apply_masks(_BODY.validate_python(content.body), decision.masks)
    grading = content.envelope.get("grading")
    return {
        "id": identity,
        "force": facts.force,
        "kind": Kind(facts.kind),
        "body": body,
        "marking": ProtectiveMarking.model_validate(content.envelope["marking"]),
        "grading": Grading.model_validate(grading) if grading else None,
        "masks": tuple(AppliedMask(field=mask.field, treatment=mask.treatment.value) for mask in masked),
        "duties": tuple(duty.sentence for duty in decision.duties),
    }


def _categories(links: Sequence[FoundLink]) -> tuple[SubjectCategory, ...]:
    """Of the events that are shown beside the record: the facts count those that the asker may not know of too."""
    stated = {link.subject_category for link in links}
    return tuple(category for category in SubjectCategory if category in stated)
