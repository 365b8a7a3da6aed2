"""What a node holds and how far its index follows, for whoever runs it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pydantic import ConfigDict, Field
from sqlalchemy import Engine

import ndsc
from ndsc.model.base import Model
from ndsc.node.errors import CallerRefusedError
from ndsc.node.indexing import Indexer
from ndsc.node.quarantine import Quarantine
from ndsc.node.relisting import listed_under
from ndsc.trust.tokens import ServiceClaims

FRESH_SECONDS = 5.0
"""How long an answer is given again: counting reads every index key."""


class Holdings(Model):
    """Counts alone: nothing of what the records say."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "records": 51_204,
                    "quarantined": 12,
                    "index_entries": 130_771,
                    "records_waiting": 0,
                    "registry_waiting": 0,
                    "policy_revision": "3f0c9a7e5d21b864",
                    "listing_revision": "b7d1e0c2a4f69835",
                    "version": "0.2.0",
                }
            ]
        }
    )

    records: int = Field(description="records held")
    quarantined: int = Field(description="rows of loads that wait to be corrected")
    index_entries: int = Field(description="what the registry holds of it, once nothing waits")
    records_waiting: int = Field(description="records that the index has not followed yet")
    registry_waiting: int = Field(description="index entries that the registry was not told of yet")
    policy_revision: str = Field(description="revision of the rules that it decides by")
    listing_revision: str | None = Field(description="what its index entries are listed by; none before the first")
    version: str = Field(description="version of the node")


class HoldingsCount:
    """Counts, at most once in a few seconds whoever asks how often."""

    def __init__(
        self, engine: Engine, force: str, indexer: Indexer, quarantine: Quarantine, policy_revision: Callable[[], str]
    ) -> None:
        self._engine = engine
        self._force = force
        self._indexer = indexer
        self._quarantine = quarantine
        self._policy_revision = policy_revision
        self._lock = threading.Lock()
        self._counted: tuple[float, Holdings] | None = None

    def holdings(self, caller: ServiceClaims) -> Holdings:
        """What there is. Raises :class:`CallerRefusedError`."""
        if caller.service != "operator" and (caller.service, caller.force) != ("loader", self._force):
            raise CallerRefusedError("Only the operator and a loader of the node's own force may ask this.")
        with self._lock:
            if self._counted is None or time.monotonic() - self._counted[0] > FRESH_SECONDS:
                self._counted = (time.monotonic(), self._count())
            return self._counted[1]

    def _count(self) -> Holdings:
        index = self._indexer.status()
        with self._engine.connect() as connection:
            listing = listed_under(connection)
        return Holdings(
            records=index.records,
            quarantined=sum(self._quarantine.counts().values()),
            index_entries=index.entries,
            records_waiting=index.records_waiting,
            registry_waiting=index.registry_waiting,
            policy_revision=self._policy_revision(),
            listing_revision=listing,
            version=ndsc.__version__,
        )
