"""The parts of a cluster as processes of their own on this machine: databases with two roles, certificates, TLS."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import uvicorn
from psycopg import sql
from tests.certificates import Authority, Made, mount

import ndsc.hub.app
from ndsc.cluster.identity import Identity
from ndsc.hub.service import Hub
from ndsc.index.oprf_keys import OprfKeys
from ndsc.registry.pepper import Pepper
from ndsc.storage.database import database_url
from ndsc.storage.server import Server
from ndsc.trust.certified import Speaker

COMMAND = str(Path(sys.executable).with_name("ndsc"))
PLATFORM = "spiffe://ndsc.police.uk/platform/{}"
FORCE = "spiffe://ndsc.police.uk/force/{}/{}"
HUB = Speaker("hub", None)
WAIT_SECONDS = 60
_serial = itertools.count()


@dataclass
class Running:
    """A part that was started."""

    name: str
    process: subprocess.Popen[bytes]
    tls: Path
    api: int
    probes: int
    log: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.api}"

    def probe(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.probes}{path}", timeout=10)

    def missing(self) -> list[str] | None:
        """What it says that it lacks; nothing if it is ready, ``None`` if it does not say."""
        try:
            found: list[str] = self.probe("/readyz").json()["missing"]
        except httpx.HTTPError:
            return None
        return found

    def wait_until_ready(self) -> Running:
        until = time.monotonic() + WAIT_SECONDS
        while (missing := self.missing()) != []:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, (missing, self.log.read_text())
            time.sleep(0.1)
        return self

    def end(self) -> int:
        """Ask it to end, and answer how it did."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def lines(self) -> list[dict[str, Any]]:
        """What it logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


class Parts:
    """What is started here ends here."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self.authority = Authority()
        self._server = server
        self.running: list[Running] = []
        self._databases: list[str] = []
        OprfKeys(folder / "index-keys").make(1)
        Pepper.generate().save(folder / "pepper" / "pepper.key")
        for secret in (folder / "index-keys" / "epoch-1.key", folder / "pepper" / "pepper.key"):
            secret.chmod(0o440)  # as a Secret is mounted

    def leaf(self, name: str, authority: Authority | None = None, **given: Any) -> Made:
        """A leaf for a part, or ``FORCE/PART``."""
        force, _, part = name.rpartition("/")
        return (authority or self.authority).leaf(
            FORCE.format(force, part) if force else PLATFORM.format(part), **given
        )

    def database(self, service: str, *, migrated: bool = True) -> str:
        """The URL of a new database of a service, for its role."""
        name = f"parts_{os.getpid()}_{next(_serial)}"
        self._server.database(name)
        self._databases.append(name)
        owner, user = f"{name}_owner", f"{name}_service"
        with psycopg.connect(self._server.url, autocommit=True) as connection:
            for role in (owner, user):
                statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'not-a-secret'").format(sql.Identifier(role))
                connection.execute(statement)
            statement = sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), sql.Identifier(owner))
            connection.execute(statement)
        if migrated:
            done = self.migrate(service, name)
            assert done.returncode == 0, done.stderr
        return self._url(name, user)

    def migrate(self, service: str, database: str, **more: str) -> subprocess.CompletedProcess[str]:
        """``ndsc migrate`` as the database's owner."""
        given = {
            "NDSC_DATABASE_URL": self._url(database, f"{database}_owner"),
            "NDSC_SERVICE_ROLE": f"{database}_service",
            **more,
        }
        command = [COMMAND, "migrate", service]
        return subprocess.run(command, env=_environment(given), capture_output=True, text=True, check=False, timeout=90)

    def start(self, name: str, leaf: Made | None = None, *, part: str = "", **settings: str) -> Running:
        """Start a part, or ``FORCE/node``; it answers on ``localhost``."""
        serial = next(_serial)
        api, probes = _free_port(), _free_port()
        tls = mount(self.folder / f"tls-{serial}", leaf or self.leaf(name), self.authority)
        log = self.folder / f"{serial}.log"
        given = {
            "NDSC_TLS_DIR": str(tls),
            "NDSC_LISTEN": f"127.0.0.1:{api}",
            "NDSC_PROBES": f"127.0.0.1:{probes}",
            "NDSC_INDEX_KEYS_DIR": str(self.folder / "index-keys"),
            "NDSC_PEPPER_FILE": str(self.folder / "pepper" / "pepper.key"),
            **settings,
        }
        command = [COMMAND, "serve", part or name.rpartition("/")[2]]
        with log.open("wb") as out:
            process = subprocess.Popen(command, env=_environment(given), stdout=out, stderr=out)
        self.running.append(Running(name, process, tls, api, probes, log))
        return self.running[-1]

    def client(self, running: Running, *authorities: Authority) -> httpx.Client:
        """A client that believes the authorities."""
        context = ssl.create_default_context(
            cadata=b"".join(one.pem for one in authorities or (self.authority,)).decode()
        )
        return httpx.Client(base_url=running.url, verify=context, timeout=30)

    def close(self) -> None:
        """End all parts, and remove the databases."""
        for running in self.running:
            running.process.kill()
            running.process.wait(timeout=10)
        for name in self._databases:
            with psycopg.connect(self._server.url, autocommit=True) as connection:
                for statement in ("DROP DATABASE {0} WITH (FORCE)", "DROP ROLE {1}", "DROP ROLE {2}"):
                    names = (sql.Identifier(one) for one in (name, f"{name}_owner", f"{name}_service"))
                    connection.execute(sql.SQL(statement).format(*names))

    def _url(self, database: str, user: str) -> str:
        url = database_url(self._server.url_of(database)).set(
            drivername="postgresql", username=user, password="not-a-secret"
        )
        return url.render_as_string(hide_password=False)


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NDSC_")}
    return {**kept, **given}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class TellingHub:
    """The hub's own application with TLS, on a thread of this process: it tells the state that it is given.

    The real one makes the nodes' addresses of their names in a cluster, which nobody answers to on this machine.
    """

    def __init__(self, parts: Parts) -> None:
        self.hub = Hub()
        self._identity = Identity(mount(parts.folder / "tls-hub", parts.leaf("hub"), parts.authority), HUB)
        self.port = _free_port()
        config = uvicorn.Config(
            ndsc.hub.app.create(self.hub, trusted=self._identity.trusted),
            host="127.0.0.1",
            port=self.port,
            loop="asyncio",
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        config.load()
        config.ssl = self._identity.server
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def close(self) -> None:
        """End."""
        self.hub.close()
        self._server.should_exit = True
        self._thread.join(timeout=10)
