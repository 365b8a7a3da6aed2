"""What a force decides for its own records, as data for ``platform/policies/force``. Each rule can only narrow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from ndsc.model.base import Model
from ndsc.model.sharing import Role


class ForceRules(Model):
    """One force's rules; the defaults are those of a force that has said nothing."""

    withheld_categories: tuple[str, ...] = Field(
        default=(), description="data categories that no agreement shares, such as custody"
    )
    silent_categories: tuple[str, ...] = Field(
        default=(), description="data categories whose refusal is never told to another force"
    )
    intelligence_roles: tuple[Role, ...] = Field(
        default=(Role.ANALYST, Role.INTELLIGENCE_OFFICER), description="who reads the force's own intelligence"
    )


def force_rules_data(rules: Mapping[str, ForceRules]) -> dict[str, Any]:
    """``data.force_rules``: a force, then its rules."""
    return {force: rule.model_dump(mode="json") for force, rule in sorted(rules.items())}
