"""Decisions in plain sentences, for the officer who asked and for whoever reviews later."""

from __future__ import annotations

from ndsc.model.sharing import Treatment
from ndsc.policy.decider import Duty, Mask, RecordDecision, SearchDecision

_TREATED = {
    Treatment.WITHHELD: "withheld",
    Treatment.YEAR_ONLY: "shown as the year only",
    Treatment.MONTH_ONLY: "shown as the month and year only",
    Treatment.AREA_ONLY: "shown as the area only",
    Treatment.INITIALS: "shown as initials only",
}


def explain_search(decision: SearchDecision) -> str:
    """One sentence on whether the search may be made."""
    if decision.allowed:
        return "You may search for this purpose."
    return decision.refusal.sentence if decision.refusal else "You may not search for this purpose."


def explain_record(decision: RecordDecision) -> str:
    """One sentence on why the record is shown or not. For the holder's own use: a refusal may be one not to be told."""
    if decision.visible:
        if decision.agreement:
            return f"Shown because agreement {decision.agreement} opens it and the national floor allows it."
        return "Shown because it is your own force's record and its rules open it to you."
    sentence = decision.refusal.sentence if decision.refusal else "Nothing allows it to be shown."
    sought = decision.refusal.agreement_sought if decision.refusal else None
    return f"{sentence} (Agreement looked for: {sought}.)" if sought else sentence


def explain_mask(mask: Mask) -> str:
    """One sentence on a masked attribute."""
    return f"{mask.field.replace('_', ' ').capitalize()} is {_TREATED[mask.treatment]}."


def explain_duty(duty: Duty) -> str:
    """One sentence on a duty."""
    return duty.sentence


def explanation(decision: RecordDecision) -> tuple[str, ...]:
    """Every sentence about one record: why, what is masked, what it binds to."""
    return (
        explain_record(decision),
        *(explain_mask(mask) for mask in decision.masks),
        *(explain_duty(duty) for duty in decision.duties),
    )
