"""A gateway with a real index behind it, and nodes of any behaviour: all served on sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.types import ASGIApp
from tests.asking import CLIENT, GATEWAY, officer, token_for
from tests.network import request

import ndsc.evaluator.app
import ndsc.gateway.app
import ndsc.registry.app
from ndsc.audit.log import AuditLog
from ndsc.embedded.serving import Sockets
from ndsc.evaluator.client import AsyncEvaluatorClient, EvaluatorClient
from ndsc.evaluator.service import Evaluator
from ndsc.gateway.client import GatewayClient
from ndsc.gateway.schemas import SearchAnswer
from ndsc.gateway.service import Gateway
from ndsc.index.keys import keys_of
from ndsc.index.oprf_keys import OprfKey
from ndsc.model.pole import AnyBody
from ndsc.node.client import AsyncNodeClient
from ndsc.policy.embedded import RegopyDecider
from ndsc.registry.client import AsyncRegistryClient, RegistryClient
from ndsc.registry.pepper import Pepper
from ndsc.registry.service import Registry
from ndsc.trust.keys import SigningKey
from ndsc.trust.sessions import Session
from ndsc.trust.tokens import KeyBinding, service_tokens

PARTS = Path(ndsc.gateway.app.__file__).parents[1]


class Desk:
    """Everything that stands around nodes: their behaviour is each test's own."""

    def __init__(self, engines: dict[str, Engine]) -> None:
        self.engines = engines
        self.issuer, self.services = SigningKey.generate(), SigningKey.generate()
        self.believed: dict[str, KeyBinding] = {self.services.kid: KeyBinding(self.services.public)}
        self.audit = AuditLog(engines["gateway"], "test/gateway")
        self.sockets = Sockets()
        self.asked: dict[str, AsyncNodeClient] = {}
        logs = {name: AuditLog(engines[name], f"test/{name}") for name in ("evaluator", "registry")}
        evaluator = Evaluator(engines["evaluator"], {1: OprfKey.from_seed(1, bytes(32))}, logs["evaluator"])
        registry = Registry(engines["registry"], Pepper(bytes(range(32))), logs["registry"])
        self.apps: dict[str, FastAPI] = {
            "evaluator": ndsc.evaluator.app.create(evaluator, trusted=lambda: self.believed),
            "registry": ndsc.registry.app.create(registry, trusted=lambda: self.believed),
        }
        for name, app in self.apps.items():
            self.sockets.start(name, app)
        self.sockets.start("gateway", self.gateway_over(self.sockets.async_client))
        self.http = self.sockets.client("gateway", timeout=30)
        self._index = {name: self.sockets.client(name) for name in self.apps}

    def close(self) -> None:
        """End all of it."""
        for client in (self.http, *self._index.values()):
            client.close()
        self.sockets.close()

    def nodes(self) -> Mapping[str, AsyncNodeClient]:
        """The nodes that the gateway knows."""
        return self.asked

    def node(self, force: str, app: ASGIApp | None) -> None:
        """Let a force's node be this application, or let nobody listen in its place."""
        name = f"node-{force}"
        if app is None:
            self.sockets.stop(name)
        else:
            self.sockets.start(name, app)
        self.asked[force] = AsyncNodeClient(self.sockets.async_client(name), force, GATEWAY)

    def lead_to(self, forces: Iterable[str], body: AnyBody) -> None:
        """Let the registry say that these forces, and only these, hold something like ``body``."""
        evaluator = EvaluatorClient(self._index["evaluator"], self.tokens("node", "kent", "evaluator"))
        tokens = evaluator.tokens([key.canonical for key in keys_of(body)])
        for force in ("kent", "gwent", "durham", "surrey"):
            registry = RegistryClient(self._index["registry"], self.tokens("node", force, "registry"))
            rows = [(token, body.kind.value, "visible") for token in tokens]
            registry.put(force, rows if force in forces else [], [] if force in forces else [row[:2] for row in rows])

    def officer(self, grounds: Any = None, **changes: Any) -> str:
        """A token of an officer of Kent."""
        return token_for(self.issuer, officer(), grounds, **changes)

    def asked_by(self, token: Callable[[Any], str]) -> GatewayClient:
        """The gateway as an officer's client asks it."""
        return GatewayClient(self.http, Session(token, CLIENT))

    def search(self, query: AnyBody, **changes: Any) -> SearchAnswer:
        """What the officer is answered."""
        return self.asked_by(self.officer).search(request(query, **changes))

    def gateway_over(self, client: Callable[[str], aiohttp.ClientSession]) -> FastAPI:
        """A gateway that reaches the index through clients of this making."""
        gateway = Gateway(
            decider=RegopyDecider(),
            evaluator=AsyncEvaluatorClient(client("evaluator"), self.tokens("gateway", None, "evaluator")),
            registry=AsyncRegistryClient(client("registry"), self.tokens("gateway", None, "registry")),
            directory=self,
            audit=self.audit,
        )
        return ndsc.gateway.app.create(gateway, trusted=lambda: {self.issuer.kid: self.issuer.public}, ready=self.ready)

    def ready(self) -> None:
        """Raise unless the gateway's database answers."""
        with self.engines["gateway"].connect() as connection:
            connection.exec_driver_sql("SELECT 1 FROM audit_entry")

    def tokens(self, service: str, force: str | None, audience: str) -> Callable[[], str]:
        return service_tokens(self.services, service, force, audience)


@pytest.fixture(scope="module")
def desk(service_engine: Callable[[str], Engine]) -> Iterator[Desk]:
    """One for all tests of a module: each says which forces the index leads to, and what their nodes do."""
    made = Desk({name: service_engine(name) for name in ("evaluator", "registry", "gateway")})
    yield made
    made.close()
