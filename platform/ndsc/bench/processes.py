"""Parts of the network, and the rival, in processes of their own, as in production: none waits for another's Python."""

from __future__ import annotations

import multiprocessing
import signal
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from fastapi import FastAPI

from ndsc.audit.log import AuditLog
from ndsc.bench import central
from ndsc.embedded.databases import Databases
from ndsc.embedded.network import Network
from ndsc.embedded.serving import OnDemand, Sockets
from ndsc.errors import UnavailableError
from ndsc.policy.embedded import RegopyDecider
from ndsc.policy.from_resources import terms_in_force
from ndsc.resources.agreement import DataSharingAgreement
from ndsc.storage.server import Server
from ndsc.web.logging import configure_once

RIVAL_LOG = "ndsc.police.uk/audit/central"
_START_SECONDS = 120.0
_STOP_SECONDS = 20.0


class Home(NamedTuple):
    """Where the network's folder, its databases and the sockets of all processes are."""

    folder: Path
    database_url: str
    sockets: Path


@contextmanager
def served(folder: Path, database_url: str, groups: Sequence[Collection[str]]) -> Iterator[Sockets]:
    """Serve each group of parts, by name, in a process of its own; yields what makes clients of them.

    Raises :class:`UnavailableError` when one does not start.
    """
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="ndsc-run-") as name:
        home = Home(folder, database_url, Path(name))
        started = []
        try:
            for group in groups:
                ours, theirs = context.Pipe()
                process = context.Process(target=_serve, args=(home, frozenset(group), theirs), daemon=True)
                process.start()
                theirs.close()
                started.append((process, ours))
            for _, line in started:
                _wait(line)
            sockets = Sockets(home.sockets)
            try:
                yield sockets
            finally:
                sockets.close()
        finally:
            for _, line in started:
                line.close()
            for process, _ in started:
                process.join(_STOP_SECONDS)
                process.kill()


def _wait(line: Connection) -> None:
    try:
        if line.poll(_START_SECONDS) and line.recv():
            return
    except EOFError:
        pass
    raise UnavailableError("A process that serves parts of the network did not start.")


def _serve(home: Home, parts: frozenset[str], line: Connection) -> None:
    """One process: serve until the line breaks, as it does too when the process at its other end dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the whole group is sent it; the line says when to end
    configure_once()  # before anything speaks: standard output is for answers
    with Network(home.folder, database_url=home.database_url, sockets=home.sockets) as network, ExitStack() as stack:
        if central.FORCE in parts:
            databases, sockets = Databases(Server(home.database_url)), Sockets(home.sockets)
            stack.callback(databases.close)
            stack.callback(sockets.close)
            sockets.start(central.FORCE, OnDemand(lambda: _rival(network, databases)))
        else:
            network.serve(parts)
        line.send(True)
        with suppress(EOFError):
            line.recv()


def _rival(network: Network, databases: Databases) -> FastAPI:
    """It judges by the same agreement, with a memory of past decisions that is its own."""
    engine = databases.engine("node", central.FORCE)
    keys = {force: (network.identities.join(force).public,) for force in network.forces()}
    agreements = network.resources.list(DataSharingAgreement)
    return central.create(
        engine=engine,
        decider=RegopyDecider(terms_in_force(agreements, datetime.now(UTC).date(), keys)),
        trusted=lambda: network.identities.officers,
        audit=AuditLog(engine, RIVAL_LOG),
    )
