"""An evaluator on a migrated database, and what callers show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from ndsc.audit.log import AuditLog
from ndsc.embedded.serving import Sockets
from ndsc.evaluator.app import create
from ndsc.evaluator.client import EvaluatorClient
from ndsc.evaluator.service import Evaluator
from ndsc.index.oprf_keys import OprfKey
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import KeyBinding, service_tokens

KEYS = {1: OprfKey.from_seed(1, bytes(32)), 2: OprfKey.from_seed(2, bytes(32))}


@dataclass(frozen=True)
class Running:
    """An evaluator that runs in this process."""

    app: FastAPI
    engine: Engine
    audit: AuditLog
    signing: SigningKey
    http: httpx.Client
    socket: Path

    def token(self, service: str = "node", force: str | None = "south-wales", audience: str = "evaluator") -> str:
        return service_tokens(self.signing, service, force, audience)()

    def client(self, service: str = "node", force: str | None = "south-wales") -> EvaluatorClient:
        return EvaluatorClient(self.http, lambda: self.token(service, force))


@pytest.fixture(scope="module")
def evaluator_engine(service_engine: Callable[[str], Engine]) -> Engine:
    """An engine on a fresh, migrated database."""
    return service_engine("evaluator")


@pytest.fixture(scope="module")
def running(evaluator_engine: Engine) -> Iterator[Running]:
    """An evaluator with two epochs and small quotas, served on a socket."""
    signing = SigningKey.generate()
    audit = AuditLog(evaluator_engine, "ndsc.police.uk/audit/evaluator")
    service = Evaluator(
        evaluator_engine, KEYS, audit, per_minute={"node": 20_000, "gateway": 500}, calls_per_minute=100
    )
    bindings = {signing.kid: KeyBinding(signing.public)}
    app = create(service, trusted=lambda: bindings)
    sockets = Sockets()
    sockets.start("evaluator", app)
    with sockets.client("evaluator") as http:
        yield Running(app, evaluator_engine, audit, signing, http, sockets.path("evaluator"))
    sockets.close()
