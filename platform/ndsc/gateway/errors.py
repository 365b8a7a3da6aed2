"""Why the gateway does not search."""

from __future__ import annotations

from ndsc.errors import ForbiddenError, UnavailableError
from ndsc.policy.decider import Refusal


class SearchRefusedError(ForbiddenError):
    """Policy does not let this person search for this purpose; nobody was asked."""

    code = "search-refused"
    title = "This search is not allowed"

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence, hint=f"Rule: {refusal.rule}.")
        self.refusal = refusal


class IndexUnavailableError(UnavailableError):
    """Who holds what cannot be found out now, so nobody was asked."""

    code = "index-unavailable"
    title = "The index cannot be asked"


class IndexLateError(Exception):
    """The search's deadline was over before the index had answered."""


class NodeAnswerError(UnavailableError):
    """A node's answer cannot be used: it is none, or it speaks of what is not its own."""

    code = "node-answer"
    title = "A node's answer cannot be used"
