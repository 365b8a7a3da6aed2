"""``ndsc serve`` and ``ndsc migrate``: a part of the platform as a process of its own, and its database before it."""
# A part is loaded inside the command, so that `ndsc --help` stays quick, and no part loads what another needs.
# ruff: noqa: PLC0415

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ndsc.cluster.serving import Part

app = typer.Typer()


class Served(StrEnum):
    """The parts."""

    HUB = "hub"
    EVALUATOR = "evaluator"
    REGISTRY = "registry"
    GATEWAY = "gateway"
    NODE = "node"


class Stored(StrEnum):
    """The parts that have a database."""

    EVALUATOR = "evaluator"
    REGISTRY = "registry"
    GATEWAY = "gateway"
    NODE = "node"


@app.command()
def serve(part: Annotated[Served, typer.Argument(help="What this process is.", show_default=False)]) -> None:
    """Run one part of the platform as a process of its own, until SIGTERM.

    All of them read NDSC_TLS_DIR (/etc/ndsc/tls: tls.crt, tls.key, ca.crt), NDSC_LISTEN (0.0.0.0:8443, TLS) and
    NDSC_PROBES (0.0.0.0:9090: /livez, /readyz, /metrics), and but for the hub NDSC_DATABASE_URL, of the service's role.
    The evaluator reads NDSC_INDEX_KEYS_DIR too, the registry NDSC_PEPPER_FILE; the gateway and each node NDSC_HUB_URL,
    NDSC_EVALUATOR_URL and NDSC_REGISTRY_URL; a node NDSC_FORCE and NDSC_CONNECTORS_DIR.

    Example: NDSC_DATABASE_URL=postgresql://ndsc_service@registry-db-rw/ndsc ndsc serve registry
    """
    from ndsc.cluster.serving import serve as run
    from ndsc.web.logging import configure

    configure(level=os.environ.get("NDSC_LOG_LEVEL", "info"))
    run(_part(part))


@app.command()
def migrate(part: Annotated[Stored, typer.Argument(help="Whose database it is.", show_default=False)]) -> None:
    """Bring a part's database up to date as its owner, and give the service's role its rights.

    Reads NDSC_DATABASE_URL, of the database's owner, and NDSC_SERVICE_ROLE, a role that exists. It waits a minute for
    both, may be run again and from several pods at once, and leaves alone what a later version has migrated further.

    Example: NDSC_DATABASE_URL=postgresql://ndsc_owner@kent-db-rw/ndsc NDSC_SERVICE_ROLE=ndsc_service ndsc migrate node
    """
    from ndsc.cluster.migrating import migrate_part
    from ndsc.cluster.settings import MigrationSettings

    migrate_part(part.value, MigrationSettings.from_environment())


def _part(part: Served) -> Part:
    from ndsc.cluster import settings

    if part is Served.HUB:
        from ndsc.cluster.hub import HubPart

        return HubPart(settings.PartSettings.from_environment())
    if part in (Served.EVALUATOR, Served.REGISTRY):
        from ndsc.cluster.parts import EvaluatorPart, RegistryPart

        if part is Served.EVALUATOR:
            return EvaluatorPart(settings.EvaluatorSettings.from_environment())
        return RegistryPart(settings.RegistrySettings.from_environment())
    from ndsc.cluster.members import GatewayPart, NodePart

    if part is Served.GATEWAY:
        return GatewayPart(settings.MemberSettings.from_environment())
    return NodePart(settings.NodeSettings.from_environment())
