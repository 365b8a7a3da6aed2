"""Why the gateway does not search."""

from __future__ import annotations

from ndsc.errors import ForbiddenError
from ndsc.policy.decider import Refusal


class SearchRefusedError(ForbiddenError):
    """Policy does not let this person search for this purpose; nobody was asked."""

    code = "search-refused"
    title = "This search is not allowed"

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence, hint=f"Rule: {refusal.rule}.")
        self.refusal = refusal
