"""The page of conditions: each reason that the operator gives, what it means, and what a person does about it."""

from __future__ import annotations

from ndsc.cli.reference.markdown import code, page, table
from ndsc_operator.conditions import REASONS, Reason


def markdown() -> str:
    """The page."""
    types = dict.fromkeys(one.condition for one in REASONS)
    return page(
        "Conditions",
        "What `kubectl describe` shows of a resource on a cluster, in the Kubernetes convention. The message beside a "
        "reason names the object and, where the API server or PostgreSQL said something, its own words.",
        *(f"## {type_}\n\n{_reasons([one for one in REASONS if one.condition == type_])}" for type_ in types),
    )


def _reasons(reasons: list[Reason]) -> str:
    rows = ((code(one.name), one.status.value, one.meaning, one.remedy) for one in reasons)
    return table(("reason", "status", "means", "what to do"), rows)
