"""A registry on a migrated database, served on a socket, and what callers show it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from ndsc.audit.log import AuditLog
from ndsc.embedded.serving import Sockets
from ndsc.registry.app import create
from ndsc.registry.client import AsyncRegistryClient, RegistryClient
from ndsc.registry.pepper import Pepper
from ndsc.registry.schemas import Holders
from ndsc.registry.service import Registry
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import issue_service
from ndsc.web.client import open_session

PEPPER = Pepper(bytes(range(32)))


@dataclass(frozen=True)
class Running:
    """A registry that runs in this process."""

    app: FastAPI
    engine: Engine
    audit: AuditLog
    signing: SigningKey
    http: httpx.Client
    socket: Path

    def token(self, service: str = "node", force: str | None = "south-wales", audience: str = "registry") -> str:
        return issue_service(self.signing, service, force, audience)

    def node(self, force: str) -> RegistryClient:
        """The client of a force's node."""
        return RegistryClient(self.http, lambda: self.token(force=force))

    def caller(self, service: str) -> RegistryClient:
        """The client of another part, which stands for no force."""
        return RegistryClient(self.http, lambda: self.token(service, None))

    def lookup(self, tokens: Sequence[bytes], service: str = "gateway", searcher: str | None = None) -> Holders:
        """What the gateway is told."""

        async def ask() -> Holders:
            async with await open_session(self.socket, "registry") as http:
                return await AsyncRegistryClient(http, lambda: self.token(service, None)).lookup(tokens, searcher)

        return asyncio.run(ask())


@pytest.fixture(scope="module")
def registry_engine(service_engine: Callable[[str], Engine]) -> Engine:
    """An engine on a fresh, migrated database."""
    return service_engine("registry")


@pytest.fixture(scope="module")
def running(registry_engine: Engine) -> Iterator[Running]:
    """A registry with ample quotas."""
    signing = SigningKey.generate()
    audit = AuditLog(registry_engine, "ndsc.police.uk/audit/registry")
    registry = Registry(registry_engine, PEPPER, audit, per_minute={"node": 1_000_000, "gateway": 1_000_000})
    trusted = {signing.kid: signing.public}
    app = create(registry, trusted=lambda: trusted)
    sockets = Sockets()
    sockets.start("registry", app)
    with sockets.client("registry") as http:
        yield Running(app, registry_engine, audit, signing, http, sockets.path("registry"))
    sockets.close()
