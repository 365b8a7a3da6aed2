"""The parts that decide by how the network stands: the gateway, and each force's node. Both follow the hub."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping

import httpx
from sqlalchemy import text
from starlette.types import ASGIApp

import ndsc.gateway.app
import ndsc.node.app
from ndsc.cluster.directory import NodeDirectory
from ndsc.cluster.following import Following
from ndsc.cluster.metrics import Metrics
from ndsc.cluster.parts import StoredPart
from ndsc.cluster.probes import Check
from ndsc.cluster.proving import LeafProver
from ndsc.cluster.settings import MemberSettings, NodeSettings
from ndsc.cluster.standing import Standing
from ndsc.evaluator.client import AsyncEvaluatorClient, EvaluatorClient
from ndsc.gateway.service import Gateway
from ndsc.hub.client import HubClient
from ndsc.node.holdings import HoldingsCount
from ndsc.node.indexing import Indexer
from ndsc.node.listing import NodeLister
from ndsc.node.loading import Loader
from ndsc.node.loads import Loads
from ndsc.node.loads_app import BODIES, add_loads
from ndsc.node.quarantine import Quarantine
from ndsc.node.upkeep import IndexUpkeep
from ndsc.policy.embedded import RegopyDecider
from ndsc.registry.client import AsyncRegistryClient, RegistryClient
from ndsc.web.client import TlsSession, TlsTransport

_TIMEOUT_SECONDS = 30.0


class MemberPart(StoredPart):
    """A part that follows the hub."""

    def __init__(self, service: str, settings: MemberSettings, force: str | None = None) -> None:
        super().__init__(service, settings, force)
        self.decider = RegopyDecider()
        self.standing = Standing(self.decider)
        self._clients: list[httpx.Client] = []
        hub = HubClient(self.client(settings.hub_url), self.identity.tokens("hub"))
        self._following = Following(hub, self.standing.take)

    @property
    def checks(self) -> Mapping[str, Check]:
        """Its database, and how the network stands."""
        return {**super().checks, "network": self._following.ready}

    def start(self) -> None:
        """Follow the hub."""
        self._following.start()

    def end(self) -> None:
        """Let its threads end meanwhile, so that closing need not wait for them."""
        threading.Thread(target=self.end_threads, name="ending", daemon=True).start()

    def end_threads(self) -> None:
        """Follow the hub no longer: what it told last counts to the end."""
        self._following.close()

    async def close(self) -> None:
        """Follow it no longer, and close every connection."""
        await asyncio.to_thread(self.end_threads)
        for client in self._clients:
            client.close()
        await super().close()

    def client(self, url: str) -> httpx.Client:
        """A blocking client of another part, closed with this one."""
        transport = TlsTransport(self.identity.client)
        self._clients.append(httpx.Client(base_url=url, transport=transport, timeout=_TIMEOUT_SECONDS))
        return self._clients[-1]

    def measure(self, metrics: Metrics) -> None:
        """Show how old the network's state is."""
        metrics.gauge("network_age_seconds", "Since the hub confirmed the network's state.", self._age)

    def _age(self) -> float:
        age = self._following.age()
        return float("nan") if age is None else age


class GatewayPart(MemberPart):
    """The gateway."""

    def __init__(self, settings: MemberSettings) -> None:
        super().__init__("gateway", settings)
        self._urls = {"evaluator": settings.evaluator_url, "registry": settings.registry_url}
        self._sessions: list[TlsSession] = []
        self._prover = LeafProver(lambda: self.identity.leaf)
        self.identity.on_change(self._prover.take_up)
        self._directory = NodeDirectory(lambda: self.standing.nodes, self.identity.client, self._prover)

    async def open(self, metrics: Metrics) -> ASGIApp:
        """Its application."""
        self.measure(metrics)
        tokens = self.identity.tokens
        gateway = Gateway(
            decider=self.decider,
            evaluator=AsyncEvaluatorClient(self._session("evaluator"), tokens("evaluator")),
            registry=AsyncRegistryClient(self._session("registry"), tokens("registry")),
            directory=self._directory,
            audit=self.audit,
            unlisted=self._keeps_unlisted,
            predecessors=self.standing.predecessors_of,
        )
        return ndsc.gateway.app.create(gateway, trusted=lambda: self.standing.officers, ready=self._ready)

    async def close(self) -> None:
        """Close every connection."""
        await self._directory.close()
        for session in self._sessions:
            await session.close()
        await super().close()

    def _session(self, part: str) -> TlsSession:
        self._sessions.append(TlsSession(self._urls[part], self.identity.client))
        return self._sessions[-1]

    def _keeps_unlisted(self, force: str) -> bool:
        return any(node.force == force and node.index.keeps_unlisted for node in self.standing.nodes)

    def _ready(self) -> None:
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))


class NodePart(MemberPart):
    """One force's node: it gives records out, takes exports in, and keeps its index up to them."""

    def __init__(self, settings: NodeSettings) -> None:
        super().__init__("node", settings, settings.force)
        self._force = settings.force
        self._connectors = settings.connectors_dir
        tokens = self.identity.tokens
        self._indexer = Indexer(
            self.engine,
            self._force,
            EvaluatorClient(self.client(settings.evaluator_url), tokens("evaluator")),
            RegistryClient(self.client(settings.registry_url), tokens("registry")),
            NodeLister(self.decider, self._force, lambda: self.standing.index_of(self._force)),
        )
        self._upkeep = IndexUpkeep(self._indexer, self._force)

    async def open(self, metrics: Metrics) -> ASGIApp:
        """Its application; the index is kept up from then on."""
        self.measure(metrics)
        metrics.gauge("index_failures", "Failures in a row to keep the index up.", lambda: self._upkeep.failures)
        app = await asyncio.to_thread(self._application)
        self._upkeep.start()
        return app

    def end_threads(self) -> None:
        """Leave the index as it is, and the hub."""
        self._upkeep.close()
        super().end_threads()

    def _application(self) -> ASGIApp:
        app = ndsc.node.app.create(
            engine=self.engine,
            force=self._force,
            decider=self.decider,
            trusted=lambda: self.standing.officers,
            audit=self.audit,
            bodies=BODIES,
        )
        loader = Loader(self.engine, self._force, self.audit)
        quarantine = Quarantine(self.engine, self._force, self.audit, self.decider)
        add_loads(
            app,
            force=self._force,
            loads=Loads(loader, self._force, connectors=self._connectors, loaded=self._upkeep.wake),
            count=HoldingsCount(
                self.engine, self._force, self._indexer, quarantine, policy_revision=lambda: self.decider.revision
            ),
            services=self.identity.trusted,
        )
        return app
