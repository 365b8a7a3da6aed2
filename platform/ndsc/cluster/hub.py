"""The hub: it watches the cluster's resources, and tells nodes and the gateway how the network stands."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import ASGIApp

import ndsc.hub.app
from ndsc.cluster.identity import Identity
from ndsc.cluster.metrics import Metrics
from ndsc.cluster.probes import Check
from ndsc.cluster.settings import PartSettings
from ndsc.hub.service import MOST_WAITING, Hub
from ndsc.hub.watching import Watching
from ndsc.trust.certified import Speaker


class HubPart:
    """It keeps nothing: the resources of the cluster are all that it knows."""

    name = "hub"
    most_connections = MOST_WAITING + 1_024

    def __init__(self, settings: PartSettings) -> None:
        self.settings = settings
        self.identity = Identity(settings.tls_dir, Speaker(self.name, None))
        self._hub = Hub()
        self._watching = Watching(self._hub.publish)

    @property
    def checks(self) -> Mapping[str, Check]:
        """That it watches, and has read every resource once."""
        return {"watching": self._watching.ready, "resources": self._hub.ready}

    def start(self) -> None:
        """Watch."""
        self._watching.start()

    async def open(self, metrics: Metrics) -> ASGIApp:
        """Its application."""
        metrics.gauge("hub_waiting", "Callers who wait for something new.", lambda: self._hub.waiting)
        return ndsc.hub.app.create(self._hub, trusted=self.identity.trusted)

    def end(self) -> None:
        """Answer everybody who waits."""
        self._hub.close()

    async def close(self) -> None:
        """Watch no longer."""
        await asyncio.to_thread(self._watching.close)
