"""How a record may be handled: protective marking, intelligence grading, retention.

Sources: Government Security Classifications Policy (tiers; ``-SENSITIVE`` is a marking inside OFFICIAL); College of
Policing, Authorised Professional Practice, intelligence report (3x5x2); Management of Police Information (retention
groups: the table's rules vary by force, so they are configuration, see ``ndsc.model.retention``).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from ndsc.model.base import Model, Text


class Tier(StrEnum):
    """Classification tiers, lowest first."""

    OFFICIAL = "OFFICIAL"
    SECRET = "SECRET"  # noqa: S105  # a classification tier
    TOP_SECRET = "TOP SECRET"  # noqa: S105  # a classification tier

    @property
    def rank(self) -> int:
        """0 for OFFICIAL, 1 for SECRET, 2 for TOP SECRET: what policies compare."""
        return list(Tier).index(self)


class ProtectiveMarking(Model):
    """Tier, the SENSITIVE marking inside OFFICIAL, descriptors, caveats and handling instructions."""

    tier: Tier = Tier.OFFICIAL
    sensitive: bool = Field(default=False, description="OFFICIAL-SENSITIVE; only OFFICIAL can carry it")
    descriptors: tuple[Text, ...] = Field(default=(), max_length=10)
    caveats: tuple[Text, ...] = Field(default=(), max_length=10, description="for example UK EYES ONLY")
    instructions: tuple[Text, ...] = Field(default=(), max_length=10, description="handling instructions, as text")

    @model_validator(mode="after")
    def _sensitive_only_inside_official(self) -> Self:
        if self.sensitive and self.tier is not Tier.OFFICIAL:
            raise ValueError(f"-SENSITIVE is a marking inside OFFICIAL, not of {self.tier}")
        return self

    def __str__(self) -> str:
        return f"{self.tier}-SENSITIVE" if self.sensitive else str(self.tier)


class HandlingAction(StrEnum):
    """What may be done with intelligence under handling code C."""

    A1 = "A1"  # no action without the originator's permission
    A2 = "A2"  # covert use only
    A3 = "A3"  # overt action permitted


class Sanitisation(StrEnum):
    """Whether intelligence under handling code C may be sanitised for a wider audience."""

    S1 = "S1"  # unsupervised sanitisation allowed
    S2 = "S2"  # consult the originator


_GRADING_3X5X2 = re.compile(r"([1-3])([A-E])([PC])")
_GRADING_5X5X5 = re.compile(r"([A-E])([1-5])([1-5])")


class Grading(Model):
    """An intelligence grading: 3x5x2, or a legacy 5x5x5 kept as it stands (never converted in silence)."""

    scheme: Literal["3x5x2", "5x5x5"]
    source: str = Field(
        pattern=r"^[1-3A-E]$", description="3x5x2: 1 reliable, 2 untested, 3 not reliable; 5x5x5: A to E"
    )
    evaluation: str = Field(
        pattern=r"^[A-E1-5]$", description="3x5x2: A known directly to E suspected false; 5x5x5: 1 to 5"
    )
    handling: str = Field(
        pattern=r"^[PC1-5]$",
        description="3x5x2: P lawful sharing permitted, C with conditions; 5x5x5: 1 to 5",
    )
    conditions: Text | None = Field(default=None, description="only, and always, under handling code C")
    action: HandlingAction | None = Field(default=None, description="only, and always, under handling code C")
    sanitisation: Sanitisation | None = Field(default=None, description="only, and always, under handling code C")
    usage: Text | None = Field(default=None, description="the usage text that action A3 needs")

    @classmethod
    def parse(cls, text: str, **conditions: str | None) -> Self:
        """Read ``1AP`` (3x5x2) or ``B24`` (5x5x5); ``conditions`` are the fields of handling code C."""
        code = text.strip().upper().replace(" ", "")
        scheme = "3x5x2" if _GRADING_3X5X2.fullmatch(code) else "5x5x5" if _GRADING_5X5X5.fullmatch(code) else None
        if scheme is None:
            raise ValueError(f"{text[:20]!r} is neither a 3x5x2 grading such as 1AP nor a 5x5x5 one such as B24")
        return cls.model_validate(
            {"scheme": scheme, "source": code[0], "evaluation": code[1], "handling": code[2], **conditions}
        )

    @model_validator(mode="after")
    def _conditions_belong_to_code_c(self) -> Self:
        pattern = _GRADING_3X5X2 if self.scheme == "3x5x2" else _GRADING_5X5X5
        if not pattern.fullmatch(str(self)):
            raise ValueError(f"{self} is not a {self.scheme} grading")
        stated = {name for name in ("conditions", "action", "sanitisation") if getattr(self, name) is not None}
        if self.handling == "C" and len(stated) < 3:
            raise ValueError("handling code C needs conditions, action and sanitisation, all three")
        if self.handling != "C" and (stated or self.usage):
            raise ValueError(f"handling code {self.handling} carries no conditions, action or sanitisation")
        if (self.action is HandlingAction.A3) != (self.usage is not None):
            raise ValueError("a usage text belongs to action A3, and A3 needs one")
        return self

    def __str__(self) -> str:
        return f"{self.source}{self.evaluation}{self.handling}"
