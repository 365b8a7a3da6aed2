"""The two national parts that a node's index needs, on databases of their own."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

import ndsc.evaluator.app
import ndsc.registry.app
from ndsc.audit.log import AuditLog
from ndsc.embedded.serving import Sockets
from ndsc.evaluator.client import EvaluatorClient
from ndsc.evaluator.service import Evaluator
from ndsc.index.oprf_keys import OprfKey
from ndsc.registry.client import RegistryClient
from ndsc.registry.pepper import Pepper
from ndsc.registry.service import Registry
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import service_tokens

FORCE = "south-wales"


class National:
    """An evaluator and a registry, served, with their clients for one node."""

    def __init__(self, engine: Callable[[str], Engine]) -> None:
        key = SigningKey.generate()
        self.engines = [engine(service) for service in ("evaluator", "registry")]
        evaluator = Evaluator(self.engines[0], {1: OprfKey.generate(1)}, AuditLog(self.engines[0], "test/evaluator"))
        registry = Registry(
            self.engines[1],
            Pepper.generate(),
            AuditLog(self.engines[1], "test/registry"),
            digests_per_minute=100_000,  # all tests of this file ask as one node, within a minute
        )
        self.sockets = Sockets()
        trusted = {key.kid: key.public}
        self.sockets.start("evaluator", ndsc.evaluator.app.create(evaluator, trusted=lambda: trusted))
        self.sockets.start("registry", ndsc.registry.app.create(registry, trusted=lambda: trusted))
        self.clients = [self.sockets.client(name) for name in ("evaluator", "registry")]
        self.evaluator = EvaluatorClient(self.clients[0], service_tokens(key, "node", FORCE, "evaluator"))
        self.registry = RegistryClient(self.clients[1], service_tokens(key, "node", FORCE, "registry"))

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.sockets.close()
