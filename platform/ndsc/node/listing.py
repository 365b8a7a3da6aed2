"""What a node lets the index know of its records: the stricter of the policy's word and the force's own manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from ndsc.index.keys import TABLE
from ndsc.model.facts import PolicyFacts
from ndsc.policy.answers import Listing
from ndsc.policy.embedded import RegopyDecider
from ndsc.resources.datanode import Index

_STRICTNESS = (Listing.VISIBLE, Listing.SILENT, Listing.NEVER)


class NodeLister:
    """Judges the records of one force's node. ``index`` answers the manifest's present word."""

    def __init__(self, decider: RegopyDecider, force: str, index: Callable[[], Index]) -> None:
        self._decider = decider
        self._force = force
        self._index = index

    @property
    def revision(self) -> str:
        """Names the rules, the force's own, its manifest's word and the table of keys; agreements have no part."""
        said = f"{TABLE} {self._decider.listing_revision(self._force)} {self._index().model_dump_json()}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def listings(self, facts: Sequence[PolicyFacts]) -> list[Listing]:
        """In the order of the records."""
        index = self._index()
        return [
            max(judged, Listing(index.visibility_of(fact.kind, fact.category).value), key=_STRICTNESS.index)
            for fact, judged in zip(facts, self._decider.listings(facts), strict=True)
        ]
