"""The embedded network: opens what the resources describe, serves it, and lets go of it again."""

from __future__ import annotations

import stat
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import httpx
from fastapi import FastAPI
from sqlalchemy import Engine, text

import ndsc.evaluator.app
import ndsc.gateway.app
import ndsc.node.app
import ndsc.registry.app
from ndsc.audit.archive import FOLDER, archive
from ndsc.audit.log import ORIGIN, AuditLog
from ndsc.control.events import record_event
from ndsc.control.store import Applied, ResourceStore
from ndsc.embedded.databases import Databases
from ndsc.embedded.identities import Identities
from ndsc.embedded.reconcile import implied_manifests, note_holdings, reconcile
from ndsc.embedded.secrets import index_keys, pepper, role_passwords
from ndsc.embedded.serving import OnDemand, Sockets
from ndsc.embedded.unindexed import Unindexed
from ndsc.evaluator.client import AsyncEvaluatorClient, EvaluatorClient
from ndsc.evaluator.service import Evaluator
from ndsc.gateway.client import GatewayClient
from ndsc.gateway.service import Gateway
from ndsc.model.forces import resolve
from ndsc.node.client import AsyncNodeClient, HibernatedNode, NodeClient
from ndsc.node.indexing import Indexer
from ndsc.node.listing import NodeLister
from ndsc.node.quarantine import Quarantine
from ndsc.policy.embedded import RegopyDecider
from ndsc.registry import store as registry_store
from ndsc.registry.client import AsyncRegistryClient, RegistryClient
from ndsc.registry.service import Registry
from ndsc.resources.base import Manifest
from ndsc.resources.datanode import DataNode, Index
from ndsc.resources.force import Force
from ndsc.resources.succession import successors
from ndsc.storage.server import EmbeddedServer, Server, open_server
from ndsc.trust.keys import SigningKey
from ndsc.trust.proofs import Prover
from ndsc.trust.sessions import Session
from ndsc.trust.tokens import Officer

if TYPE_CHECKING:
    from ndsc.node.loading import Loader

NATIONAL = ("evaluator", "registry", "gateway")
"""The names of the parts that every force shares."""
_MAKING_ROUTES = threading.Lock()
"""FastAPI silences warnings of the whole process while it makes routes: two at once would undo each other's silence."""


class Caller(Protocol):
    """Whom the development issuer signs a token for."""

    @property
    def sub(self) -> str:
        """The officer's identity."""

    @property
    def force(self) -> str:
        """The force they serve in."""

    @property
    def roles(self) -> tuple[str, ...]:
        """What they do."""

    @property
    def clearance(self) -> int:
        """0 none to 4 DV."""


@dataclass(frozen=True)
class Node:
    """One force's node, opened: what the force's own commands work with."""

    force: str
    engine: Engine
    audit: AuditLog
    indexer: Indexer

    @cached_property
    def loader(self) -> Loader:
        """Loads exports into the node."""
        from ndsc.node.loading import Loader  # noqa: PLC0415  # reads every format of export: a search loads none

        return Loader(self.engine, self.force, self.audit)


class Network:
    """A network in one folder. Use it as a context manager: leaving it ends all that it started.

    Processes that serve a network together name one folder for their ``sockets``.
    """

    def __init__(
        self,
        home: Path,
        *,
        database_url: str | None = None,
        server: Server | None = None,
        sockets: Path | None = None,
    ) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home = home
        keep_private(home / "reports")
        self._databases = _databases(home, server or open_server(home / "postgres", database_url))
        self.identities = Identities(home / "keys" / "signing")
        self.decider = RegopyDecider()
        self._unindexed = Unindexed(home / "unindexed")
        self._unlisted: frozenset[str] = frozenset()
        self._doomed: set[str] = set()
        self.archives: dict[str, Path] = {}
        """The files of the audit logs of nodes whose databases were deleted, by force."""
        self._merged: Mapping[str, str] = {}
        self._nodes: dict[str, Node] = {}
        self._opening = threading.RLock()  # a node opens when it is first asked, on whichever thread asks
        self._clients: dict[str, NodeClient] = {}
        self._sync: list[httpx.Client] = []
        self._run = sockets
        self._parts: Collection[str] | None = None
        self._sockets: Sockets | None = None
        self.reconcile()

    @cached_property
    def resources(self) -> ResourceStore:
        """The resources that describe the network."""
        return ResourceStore(self._databases.engine("control"))

    def apply(self, manifests: Sequence[Manifest]) -> list[Applied]:
        """Apply manifests as the API server would, and bring the network to what they say."""
        applied = [self.resources.apply(manifest) for manifest in manifests]
        self.reconcile()
        return applied

    def reconcile(self) -> None:
        """Bring the network to what its resources say; listings that must change do so once it is served."""
        reconcile(self.resources, self.identities, self.decider)
        nodes = self.resources.list(DataNode)
        self._merged = successors(self.resources.list(Force))
        self._unlisted = frozenset(node.spec.force for node in nodes if node.spec.index.keeps_unlisted)
        for node in nodes:
            if self._is_listed_otherwise(node):
                self._unindexed.mark(node.spec.force)
        self._mark_comings_and_goings(nodes)
        if self._sockets is not None:
            self._serve_nodes(self._sockets)
            self._catch_up()

    def follow(self) -> None:
        """Let every index that is behind follow now; where none is, nothing is started."""
        if self._sockets is None and self._unindexed.behind():
            self.serve()

    def let_go(self, force: str) -> None:
        """Delete the database of a force that has no node any more, when the index next follows.

        As on Kubernetes each step comes only after the one before: what the force listed is withdrawn, its audit log is
        written into a file, the database is deleted. What fails leaves it where it is.
        """
        self._doomed.add(force)
        self._unindexed.mark(force)

    def holds(self, force: str) -> bool:
        """Whether a force has a database here, with or without a node that serves it."""
        return self._databases.has("node", f"node_{force}")

    def _delete(self, force: str) -> None:
        if not self.holds(force):
            return
        name = f"node_{force}"
        log = AuditLog(self._databases.engine("node", name), f"{ORIGIN}/node/{force}")
        file = archive(log, self.audit_key(), self.home / FOLDER)
        with self._opening:
            self._nodes.pop(force, None)
            self._databases.drop("node", name)
        self.archives[force] = file
        self._doomed.discard(force)
        known = self.resources.find(Force, force)
        if known is not None:
            message = f"The database of its data node was deleted; its audit log is in {file.name}."
            record_event(self.resources, known, "DatabaseDeleted", message)

    def forces(self) -> list[str]:
        """The forces that have a node that is awake."""
        return sorted(node.spec.force for node in self.resources.list(DataNode) if not node.spec.hibernated)

    def name_of(self, force: str) -> str:
        """The force's name for people, as its manifest says it."""
        known = self.resources.find(Force, force)
        return known.spec.name if known else resolve(force).name

    def node(self, force: str) -> Node:
        """A force's node; a force of the list that has no manifest yet joins with the defaults.

        Raises ``UnknownForceError`` for a code that is in no list.
        """
        with self._opening:
            if force in self._nodes:
                return self._nodes[force]
            has_node = any(node.spec.force == force for node in self.resources.list(DataNode))
            code = force if has_node else self._joined(force)
            if code not in self._nodes:
                self._nodes[code] = self._open_node(code)
            return self._nodes[code]

    def _joined(self, force: str) -> str:
        """The code of a force of the list that has a node, from now on if not before."""
        entry = resolve(force)
        if all(node.spec.force != entry.slug for node in self.resources.list(DataNode)):
            self.apply(implied_manifests(entry.slug, entry.name))
        return entry.slug

    @contextmanager
    def changing(self, force: str) -> Iterator[Node]:
        """A node whose records are about to change; see :meth:`node`.

        Should this process end before the index has followed, the next that serves the network brings it up to date.
        """
        node = self.node(force)
        with self._unindexed.changing(node.force, lambda: node.indexer.waiting().settled):
            yield node
        self._note_holdings(node)

    def _note_holdings(self, node: Node) -> None:
        index, waiting = node.indexer.status(), self.quarantine(node).counts()
        note_holdings(
            self.resources,
            node.force,
            records=index.records,
            quarantined=sum(waiting.values()),
            index_entries=index.entries,
        )

    def quarantine(self, node: Node) -> Quarantine:
        """The rows that a force's node could not take in."""
        return Quarantine(node.engine, node.force, node.audit, self.decider)

    def serve(self, parts: Collection[str] | None = None) -> None:
        """Let every part answer on its socket, and the index catch up where a command was cut off.

        Of ``parts``, by name, only those: other processes serve the rest.
        """
        if self._sockets is not None:
            return
        self.decider.compile()
        self._parts = parts
        sockets = self._sockets = Sockets(self._run)
        self._start(sockets, "evaluator", OnDemand(self._evaluator_app))
        self._start(sockets, "registry", OnDemand(self._registry_app))
        self._serve_nodes(sockets)
        self._start(sockets, "gateway", OnDemand(lambda: self._gateway_app(sockets)))
        self._catch_up()

    def nodes(self) -> Mapping[str, NodeClient]:
        """The nodes that the gateway can ask, by force."""
        return self._clients

    def gateway(self, officer: Caller) -> GatewayClient:
        """The gateway, for one officer signed in by the development issuer."""
        return self.signed_in(officer, self._client("gateway", timeout=60))

    def signed_in(self, officer: Caller, client: httpx.Client) -> GatewayClient:
        """What ``client`` leads to, asked for an officer; the key that proves it is theirs lasts as long as this."""
        prover, issuer = Prover(SigningKey.generate()), self.identities.issuer
        who = Officer(
            sub=officer.sub, name=officer.sub, force=officer.force, roles=officer.roles, clearance=officer.clearance
        )
        gateway = self.identities.gateway.public.thumbprint()
        session = Session(lambda grounds: issuer.token(who, grounds, holder=prover.holder, gateway=gateway), prover)
        return GatewayClient(client, session)

    @contextmanager
    def down(self, force: str | None) -> Iterator[None]:
        """The network while one force's node is down: nobody listens on its socket."""
        sockets = self._served()
        if force is None:
            yield
            return
        sockets.stop(node_socket(force))
        try:
            yield
        finally:
            sockets.start(node_socket(force), self._node_app(force))

    def audit_logs(self) -> Mapping[str, AuditLog]:
        """Every audit log of the network, by name."""
        logs = {name: self._log(name) for name in NATIONAL}
        return logs | {f"node/{force}": self.node(force).audit for force in self.forces()}

    def audit_key(self) -> SigningKey:
        """The key that signs the heads of the logs."""
        return self.identities.audit

    def unguarded(self) -> frozenset[str]:
        """Why services have no roles of their own, as PostgreSQL says it; empty where they have."""
        return frozenset(self._databases.unguarded.values())

    def close(self) -> None:
        """End every part and close every connection."""
        for client in self._sync:
            client.close()
        if self._sockets is not None:
            self._sockets.close()
        self._databases.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_node(self, force: str) -> Node:
        engine = self._databases.engine("node", f"node_{force}")
        audit = AuditLog(engine, f"{ORIGIN}/node/{force}")
        indexer = Indexer(
            engine,
            force,
            EvaluatorClient(self._client("evaluator"), self.identities.node_tokens(force, "evaluator")),
            RegistryClient(self._client("registry"), self.identities.node_tokens(force, "registry")),
            self._lister(force),
            told=lambda revision: note_holdings(self.resources, force, listing_revision=revision),
        )
        return Node(force, engine, audit, indexer)

    def _lister(self, force: str) -> NodeLister:
        return NodeLister(self.decider, force, lambda: self._index_of(force))

    def _is_listed_otherwise(self, node: DataNode) -> bool:
        """Whether entries were made, and under another word than the present one."""
        known = node.status.listing_revision
        made = known is not None or node.status.records > 0
        return made and known != self._lister(node.spec.force).revision

    def _mark_comings_and_goings(self, nodes: Sequence[DataNode]) -> None:
        """A force without a node must list nothing; one whose node is new to the network, with all its data, anew."""
        new = {node.spec.force: node.status.listing_revision is None for node in nodes}
        doubtful = [force for force in self._unindexed.known() if new.get(force, True)]
        if doubtful:
            with self._databases.engine("registry").connect() as connection:
                listed = set(registry_store.forces(connection))
            for force in doubtful:
                if (force in listed) != (force in new):
                    self._unindexed.mark(force)

    def _catch_up(self) -> None:
        self._unindexed.catch_up(self._follow)

    def _follow(self, force: str) -> None:
        """Bring what a force lists up to what is there of it."""
        if all(node.spec.force != force for node in self.resources.list(DataNode)):
            registry = RegistryClient(self._client("registry"), self.identities.node_tokens(force, "registry"))
            registry.withdraw(force)
            if force in self._doomed:
                self._delete(force)
            return
        node = self.node(force)
        node.indexer.list_anew()
        node.indexer.drain()
        self._note_holdings(node)

    def _index_of(self, force: str) -> Index:
        found = [node.spec.index for node in self.resources.list(DataNode) if node.spec.force == force]
        return found[0] if found else Index()

    def _node_app(self, force: str) -> OnDemand:
        def made() -> FastAPI:
            node = self.node(force)
            with _MAKING_ROUTES:
                return ndsc.node.app.create(
                    engine=node.engine,
                    force=force,
                    decider=self.decider,
                    trusted=lambda: self.identities.officers,
                    audit=node.audit,
                )

        return OnDemand(made)

    def _evaluator_app(self) -> FastAPI:
        keys = index_keys(self.home / "keys" / "evaluator")
        evaluator = Evaluator(self._databases.engine("evaluator"), keys, self._log("evaluator"))
        with _MAKING_ROUTES:
            return ndsc.evaluator.app.create(evaluator, trusted=lambda: self.identities.services)

    def _registry_app(self) -> FastAPI:
        registry = Registry(
            self._databases.engine("registry"), pepper(self.home / "keys" / "registry"), self._log("registry")
        )
        with _MAKING_ROUTES:
            return ndsc.registry.app.create(registry, trusted=lambda: self.identities.services)

    def _serve_nodes(self, sockets: Sockets) -> None:
        prover = Prover(self.identities.gateway)
        nodes = self.resources.list(DataNode)
        for gone in self._clients.keys() - {node.spec.force for node in nodes}:
            sockets.stop(node_socket(gone))
            del self._clients[gone]
        for node in nodes:
            force = node.spec.force
            if node.spec.hibernated:
                sockets.stop(node_socket(force))
                self._clients[force] = HibernatedNode(force)
            elif not isinstance(self._clients.get(force), AsyncNodeClient):
                self._clients[force] = AsyncNodeClient(sockets.async_client(node_socket(force)), force, prover)
                self._start(sockets, node_socket(force), self._node_app(force))

    def _start(self, sockets: Sockets, name: str, app: OnDemand) -> None:
        if self._parts is None or name in self._parts:
            sockets.start(name, app)

    def _gateway_app(self, sockets: Sockets) -> FastAPI:
        tokens = self.identities.gateway_tokens
        gateway = Gateway(
            decider=self.decider,
            evaluator=AsyncEvaluatorClient(sockets.async_client("evaluator"), tokens("evaluator")),
            registry=AsyncRegistryClient(sockets.async_client("registry"), tokens("registry")),
            directory=self,
            audit=self._log("gateway"),
            unlisted=lambda force: force in self._unlisted,
            predecessors=lambda force: [old for old, now in self._merged.items() if now == force],
        )
        with _MAKING_ROUTES:
            return ndsc.gateway.app.create(gateway, trusted=lambda: self.identities.officers, ready=self._gateway_ready)

    def _gateway_ready(self) -> None:
        with self._databases.engine("gateway").connect() as connection:
            connection.execute(text("SELECT 1"))

    def _log(self, service: str) -> AuditLog:
        return AuditLog(self._databases.engine(service), f"{ORIGIN}/{service}")

    def _client(self, part: str, *, timeout: float = 30) -> httpx.Client:
        self._sync.append(self._served().client(part, timeout=timeout))
        return self._sync[-1]

    def _served(self) -> Sockets:
        self.serve()
        assert self._sockets is not None
        return self._sockets


def _databases(home: Path, server: Server) -> Databases:
    # The embedded server believes whoever reaches its socket, which is this account alone.
    trusting = isinstance(server, EmbeddedServer)
    return Databases(server, None if trusting else role_passwords(home / "keys" / "postgres"))


def keep_private(folder: Path) -> None:
    """Leave a folder and the files in it to their owner: an older version let others read what it wrote."""
    for path in (folder, *(folder.iterdir() if folder.is_dir() else ())):
        if not path.is_symlink() and path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(path.stat().st_mode & 0o700)


def node_socket(force: str) -> str:
    """The name of the part that is a force's node."""
    return f"node-{force}"
