"""What a node lets the index know of its records: the stricter of the policy's word and the force's own manifest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ndsc.model.facts import PolicyFacts
from ndsc.policy.answers import Listing
from ndsc.policy.embedded import RegopyDecider
from ndsc.resources.datanode import Index

_STRICTNESS = (Listing.VISIBLE, Listing.SILENT, Listing.NEVER)


class NodeLister:
    """Judges records for one node. ``index`` answers the manifest's present word."""

    def __init__(self, decider: RegopyDecider, index: Callable[[], Index]) -> None:
        self._decider = decider
        self._index = index

    def listings(self, facts: Sequence[PolicyFacts]) -> list[Listing]:
        """In the order of the records."""
        index = self._index()
        return [
            max(judged, Listing(index.visibility_of(fact.kind, fact.category).value), key=_STRICTNESS.index)
            for fact, judged in zip(facts, self._decider.listings(facts), strict=True)
        ]
