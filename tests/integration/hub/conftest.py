"""A hub that runs in this process, and what callers show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import httpx
import pytest

from ndsc.embedded.serving import Sockets
from ndsc.hub.app import create
from ndsc.hub.client import HubClient
from ndsc.hub.service import Hub
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import KeyBinding, issue_service

SIGNING = SigningKey.generate()


def token(service: str = "node", force: str | None = "kent", audience: str = "hub") -> str:
    return issue_service(SIGNING, service, force, audience)


@dataclass
class Served:
    """A hub on a socket, which can go and come back with nothing known."""

    sockets: Sockets
    hub: Hub = field(default_factory=Hub)

    def start(self) -> None:
        trusted = {SIGNING.kid: KeyBinding(SIGNING.public)}
        self.sockets.start("hub", create(self.hub, trusted=lambda: trusted))

    def stop(self) -> None:
        self.hub.close()
        self.sockets.stop("hub")
        self.hub = Hub()

    def restart(self, hub: Hub) -> None:
        self.hub = hub
        self.start()

    @cached_property
    def http(self) -> httpx.Client:
        return self.sockets.client("hub")

    def client(self, service: str = "node", force: str | None = "kent") -> HubClient:
        return HubClient(self.http, lambda: token(service, force))


@pytest.fixture
def served() -> Iterator[Served]:
    sockets = Sockets()
    made = Served(sockets)
    made.start()
    yield made
    made.http.close()
    made.stop()
    sockets.close()
