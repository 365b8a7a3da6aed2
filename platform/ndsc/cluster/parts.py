"""The central parts that everything else asks: what each is made of, from its settings and what is mounted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import ASGIApp

import ndsc.evaluator.app
import ndsc.registry.app
from ndsc.audit.log import ORIGIN, AuditLog
from ndsc.cluster.errors import NotReadyError
from ndsc.cluster.identity import Identity
from ndsc.cluster.metrics import Metrics
from ndsc.cluster.probes import Check
from ndsc.cluster.settings import EvaluatorSettings, RegistrySettings, StoredSettings
from ndsc.evaluator.service import Evaluator
from ndsc.index.oprf_keys import OprfKeys
from ndsc.registry.pepper import Pepper
from ndsc.registry.service import Registry
from ndsc.storage.database import engine_for, is_current
from ndsc.storage.services import migrations_of
from ndsc.trust.certified import Speaker

_POOL = 8


class StoredPart:
    """A part with a database of its own, in which it writes its audit log."""

    most_connections = 1_024

    def __init__(self, service: str, settings: StoredSettings, force: str | None = None) -> None:
        self.name = service
        self.settings = settings
        self.identity = Identity(settings.tls_dir, Speaker(service, force))
        self.engine = engine_for(settings.database_url.get_secret_value(), pool_size=_POOL)
        self.audit = AuditLog(self.engine, f"{ORIGIN}/{service}" + (f"/{force}" if force else ""))

    @property
    def checks(self) -> Mapping[str, Check]:
        """Its database."""
        return {"database": self._check_database}

    def start(self) -> None:
        """It follows nothing."""

    def end(self) -> None:
        """It keeps nobody waiting."""

    async def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()

    def _check_database(self) -> None:
        if not is_current(self.engine, migrations_of(self.name)):
            raise NotReadyError("it does not let the service in, or is not migrated")


class EvaluatorPart(StoredPart):
    """The evaluator, with the index keys that are mounted."""

    def __init__(self, settings: EvaluatorSettings) -> None:
        super().__init__("evaluator", settings)
        self._keys = OprfKeys(settings.index_keys_dir, mounted=True)

    async def open(self, _metrics: Metrics) -> ASGIApp:
        """Its application."""
        return await asyncio.to_thread(self._application)

    def _application(self) -> ASGIApp:
        evaluator = Evaluator(self.engine, self._keys.load(), self.audit)
        return ndsc.evaluator.app.create(evaluator, trusted=self.identity.trusted)


class RegistryPart(StoredPart):
    """The registry, with the pepper that is mounted."""

    def __init__(self, settings: RegistrySettings) -> None:
        super().__init__("registry", settings)
        self._pepper = settings.pepper_file

    async def open(self, _metrics: Metrics) -> ASGIApp:
        """Its application."""
        return await asyncio.to_thread(self._application)

    def _application(self) -> ASGIApp:
        registry = Registry(self.engine, Pepper.load(self._pepper, mounted=True), self.audit)
        return ndsc.registry.app.create(registry, trusted=self.identity.trusted)
