"""Decisions in plain sentences, for the officer who asked and for whoever reviews later."""

from __future__ import annotations

from ndsc.policy.decider import RecordDecision


def explain_record(decision: RecordDecision) -> str:
    """One sentence on why the record is shown or not. For the holder's own use: a refusal may be one not to be told."""
    if decision.visible:
        if decision.agreement:
            return f"Shown because agreement {decision.agreement} opens it and the national floor allows it."
        return "Shown because it is your own force's record and its rules open it to you."
    sentence = decision.refusal.sentence if decision.refusal else "Nothing allows it to be shown."
    sought = decision.refusal.agreement_sought if decision.refusal else None
    return f"{sentence} (Agreement looked for: {sought}.)" if sought else sentence
