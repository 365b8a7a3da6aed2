"""A network of many forces with synthetic people in it, and beside it one central database that holds the same.

Records go in by each node's own loader and indexer, several forces at once in processes of their own. Only the way to
the evaluator and the registry is shorter: tokens are made with the key and sealed with the pepper in the process that
needs them, for it is searches that are measured, and three scalar multiplications a key would take most of the time.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from ndsc.audit.log import AuditLog
from ndsc.bench import central, seeding
from ndsc.bench.measure import Step
from ndsc.bench.processes import RIVAL_LOG, served
from ndsc.embedded.databases import Databases
from ndsc.embedded.network import NATIONAL, Network, node_socket
from ndsc.embedded.reconcile import implied_manifests
from ndsc.embedded.secrets import index_keys, pepper
from ndsc.gateway.client import GatewayClient
from ndsc.model.base import Model
from ndsc.model.forces import FORCES
from ndsc.resources.base import Manifest
from ndsc.resources.validation import parse_manifest
from ndsc.storage.server import Server, TemporaryServer
from ndsc.synth import generate

TERRITORIAL = tuple(entry.slug for entry in FORCES.values() if entry.kind == "territorial (E&W)")
"""The 43 territorial forces of England and Wales."""

RECORDS_A_PERSON = 3.6
"""Records over all forces that one synthetic person comes to, about."""
SEED = 20_250_118
_PROCESSES = 2
_NODE_PROCESSES = 4


@dataclass(frozen=True)
class Plan:
    """How large a fleet."""

    forces: tuple[str, ...]
    records: int


class Searcher(Model):
    """The officer who searches."""

    sub: str
    force: str = "south-wales"
    roles: tuple[str, ...] = ("officer",)
    clearance: int = 1


class Sides(NamedTuple):
    """The network's gateway and the rival, by the same client for the same officer."""

    ours: GatewayClient
    theirs: GatewayClient


@dataclass(frozen=True)
class Fleet:
    """Both sides, ready to be asked, with the files that the people are from."""

    people: Path
    records: int
    asked_by: Callable[[str], Sides]
    """Both sides for an officer of this name: more searches than one officer may make in a minute take several."""
    rival: AuditLog
    """The central service's log."""


@contextmanager
def fleet(folder: Path, plan: Plan, step: Step) -> Iterator[Fleet]:
    """Build both sides in ``folder``, serve them, and let go of them afterwards."""
    people = folder / "people"
    step("making up people", 0.0)
    generate(people, round(plan.records / RECORDS_A_PERSON), plan.forces, SEED)
    with TemporaryServer() as server, Network(folder / "home", database_url=server.url) as network:
        step("opening forces", 0.1)
        network.apply(_manifests(plan.forces))
        databases = Databases(Server(server.url))
        try:
            for force in plan.forces:
                databases.copy("node", "template", f"node_{force}")
            engine = databases.engine("node", central.FORCE)
            records = _fill(network, databases, people, lambda part: step("loading", 0.2 + 0.8 * part))
            with served(network.home, server.url, _groups(plan.forces)) as sockets, ExitStack() as clients:

                def asked_by(name: str) -> Sides:
                    officer = Searcher(sub=name)
                    ours, theirs = (
                        network.signed_in(officer, clients.enter_context(sockets.client(part, timeout=60)))
                        for part in ("gateway", central.FORCE)
                    )
                    return Sides(ours, theirs)

                yield Fleet(people, records, asked_by, AuditLog(engine, RIVAL_LOG))
        finally:
            databases.close()


def _groups(forces: tuple[str, ...]) -> list[Collection[str]]:
    """The parts that share a process: the national ones, the nodes in turn, and the rival by itself."""
    nodes = [[node_socket(force) for force in forces[first::_NODE_PROCESSES]] for first in range(_NODE_PROCESSES)]
    return [NATIONAL, *nodes, (central.FORCE,)]


def _manifests(forces: tuple[str, ...]) -> list[Manifest]:
    """The forces, and one agreement among them all."""
    made = [manifest for force in forces for manifest in implied_manifests(force, FORCES[force].name)]
    agreement = {
        "apiVersion": "ndsc.police.uk/v1alpha1",
        "kind": "DataSharingAgreement",
        "metadata": {"name": "bench-nominals"},
        "spec": {
            "title": "Every force with every other (measurement)",
            "parties": [{"force": force} for force in forces],
            "legalBasis": {"statute": "Data Protection Act 2018, Part 3, section 35(2)(b)", "gateway": "Measurement."},
            "purposes": ["bring-offenders-to-justice"],
            "categories": ["nominal", "vehicle", "phone", "crime", "location"],
            "ceiling": {"tier": "OFFICIAL", "sensitive": True},
            "conditions": {
                "roles": ["officer"],
                "minimumClearance": "bpss",
                "masks": [{"field": "ethnicity_self_defined", "treatment": "withheld"}],
                "duties": [{"name": "no-onward-sharing", "sentence": "Do not pass this on outside your force."}],
            },
            "retention": {"deleteAfterDays": 90},
            "startsOn": "2025-01-01",
            "endsOn": "2034-12-31",
            "reviewOn": "2026-12-31",
            "dpia": "DPIA-BENCH",
        },
    }
    return [*made, parse_manifest(agreement)]


def _fill(network: Network, databases: Databases, people: Path, progress: Callable[[float], None]) -> int:
    registry, rival = databases.engine("registry"), databases.engine("node", central.FORCE)
    nodes = {force: databases.engine("node", f"node_{force}") for force in network.forces()}
    index_keys(network.home / "keys" / "evaluator"), pepper(network.home / "keys" / "registry")  # made once, here
    jobs = [
        seeding.Job(force, people, network.home, *map(_url, (node, registry, rival))) for force, node in nodes.items()
    ]
    records = 0
    with ProcessPoolExecutor(_PROCESSES, multiprocessing.get_context("spawn")) as pool:
        for done, filled in enumerate(as_completed([pool.submit(seeding.fill, job) for job in jobs]), start=1):
            records += filled.result()
            progress(done / len(jobs))
    for engine in (rival, registry, *nodes.values()):
        seeding.settle(databases.server.url_of(str(engine.url.database)))
    return records


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)
