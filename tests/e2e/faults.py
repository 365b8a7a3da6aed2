"""An operator that is killed at a write of its choice: a process of the test, which talks to the API server by a proxy.

The proxy lets every request through, and kills the operator after a write that it has not killed it at before: the
write is done, and the operator never learns of it. Begun again and again, the operator is so killed once at each thing
that it ever writes. Nothing in the product knows of it.
"""

from __future__ import annotations

import base64
import http.client
import json
import multiprocessing
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.e2e import api_server
from tests.e2e.cluster import Kubectl, until

from ndsc_operator import leading

_LEASES = "/apis/coordination.k8s.io/"
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_READ_BYTES = 65_536
_WATCH_SECONDS = 600
"""Longer than any watch lasts."""
_OF_THE_CONNECTION = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["ndsc_operator.handlers"])


def point(method: str, path: str, body: bytes) -> str:
    """What a write is: what is made anew goes by its name, and a status that says something else is another one."""
    what = f"{method} {urlsplit(path).path}"
    if method == "POST":
        return f"{what}/{json.loads(body)['metadata']['name']}"
    if not what.endswith("/status"):
        return what
    conditions = json.loads(body).get("status", {}).get("conditions", ())
    return " ".join((what, *sorted(f"{one['type']}={one['reason']}" for one in conditions)))


class Operator:
    """The operator as a process, with the account and the settings of the one in the cluster."""

    def __init__(self, kubectl: Kubectl, namespace: str, folder: Path, server: str) -> None:
        self._kubectl, self._namespace = kubectl, namespace
        self._process: BaseProcess | None = None
        self._kubeconfig = folder / "operator.kubeconfig"
        token = kubectl("create", "token", "ndsc-operator", "-n", namespace, "--duration=1h").strip()
        self._kubeconfig.write_text(json.dumps(_kubeconfig(server, token)))
        deployment = kubectl.get("deployment", "ndsc-operator", "-n", namespace)
        settings = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
        self._settings = {one["name"]: one["value"] for one in settings if one.get("value")}

    def start(self) -> None:
        """Start it; it leads at once, for the Lease of the one before is taken away."""
        with api_server.connected() as client:
            client.delete(f"{_LEASES}v1/namespaces/{self._namespace}/leases/{leading.NAME}")
        environment = self._settings | {
            "NDSC_OPERATOR_NAMESPACE": self._namespace,
            "NDSC_OPERATOR_IDENTITY": "of-the-test",
            "NDSC_OPERATOR_HEALTH_PORT": str(_free_port()),
        }
        with _environment(KUBECONFIG=str(self._kubeconfig)):  # which the client reads when it is imported
            self._process = _processes.Process(target=_operate, args=(environment,), daemon=True)
            self._process.start()

    @property
    def runs(self) -> bool:
        """Whether it was started, and has not ended."""
        return self._process is not None and self._process.is_alive()

    def kill(self) -> None:
        """At once, with no word to it."""
        if self._process is not None:
            self._process.kill()
            self._process.join()


def _operate(environment: Mapping[str, str]) -> None:
    from ndsc_operator.__main__ import main  # noqa: PLC0415  # where it runs

    os.environ.update(environment)
    main()


class Proxy(ThreadingHTTPServer):
    """Between an operator and the API server; ``points`` are the writes at which it was killed, in their order.

    Only at those about one force: of others that there are, each would be another point.
    """

    daemon_threads = True
    request_queue_size = 256  # an operator that starts begins its watches, one or two of each namespace, all at once

    def __init__(self, force: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.force = force
        self.points: list[str] = []
        self.kills: Operator | None = None
        """Whom; nobody while there is none, and then everything passes."""
        self._lock = threading.Lock()
        config = json.loads(Path(os.environ["KUBECONFIG"]).read_text())["clusters"][0]["cluster"]
        self.upstream = urlsplit(config["server"])
        authority = base64.b64decode(config["certificate-authority-data"]).decode()
        self.trust = ssl.create_default_context(cadata=authority)

    @property
    def url(self) -> str:
        """Where the operator finds it."""
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def writing(self) -> Iterator[bool]:
        """One write at a time; whether it is to be made, for nothing that a killed operator began is."""
        with self._lock:
            yield self.kills is None or self.kills.runs

    def written(self, what: str) -> bool:
        """Told of each write that was done, while it is; whether the operator was killed for it."""
        if self.kills is None or what in self.points or self.force not in what:
            return False
        self.points.append(what)
        self.kills.kill()
        return True

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: one who was killed reads no answers."""


class _Handler(BaseHTTPRequestHandler):
    """One request, over a connection of its own."""

    server: Proxy
    protocol_version = "HTTP/1.1"

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self._is_write():
            with self._asked(body) as response:
                self._begin(response)
                while part := response.read1(_READ_BYTES):
                    self.wfile.write(part)
            return
        with self.server.writing() as wanted:
            if not wanted:
                return
            with self._asked(body) as response:
                content = response.read()
            done = 200 <= response.status < 300
            if done and self.server.written(point(self.command, self.path, body)):
                return
        self._begin(response)
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on  # noqa: N815  # the library's names

    def _is_write(self) -> bool:
        return self.command in _WRITES and not self.path.startswith(_LEASES) and "dryRun=" not in self.path

    @contextmanager
    def _asked(self, body: bytes) -> Iterator[http.client.HTTPResponse]:
        """What the API server answers."""
        upstream = self.server.upstream
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_CONNECTION}
        headers["Host"] = upstream.netloc
        connection = http.client.HTTPSConnection(
            upstream.hostname or "", upstream.port, context=self.server.trust, timeout=_WATCH_SECONDS
        )
        try:
            connection.request(self.command, self.path, body or None, headers)
            yield connection.getresponse()
        finally:
            connection.close()

    def _begin(self, response: http.client.HTTPResponse) -> None:
        self.close_connection = True
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in _OF_THE_CONNECTION:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  # the library's name
        """Nothing."""


@contextmanager
def in_place_of_the_operator(
    kubectl: Kubectl, namespace: str, folder: Path, force: str
) -> Iterator[tuple[Proxy, Operator]]:
    """The cluster's own operator is stopped meanwhile; the other is killed at each thing that it writes of a force."""
    replicas = kubectl.get("deployment", "ndsc-operator", "-n", namespace)["spec"]["replicas"]
    kubectl("scale", "deployment/ndsc-operator", "-n", namespace, "--replicas=0")
    pods = ("pods", "-n", namespace, "-l", "app.kubernetes.io/name=ndsc-operator", "-o", "name")
    proxy = Proxy(force)
    serving = threading.Thread(target=proxy.serve_forever, daemon=True)
    serving.start()
    try:
        until(lambda: not kubectl("get", *pods), seconds=60)
        operator = Operator(kubectl, namespace, folder, proxy.url)
        proxy.kills = operator
        try:
            yield proxy, operator
        finally:
            operator.kill()
    finally:
        proxy.shutdown()
        proxy.server_close()
        kubectl("scale", "deployment/ndsc-operator", "-n", namespace, f"--replicas={replicas}")


def _kubeconfig(server: str, token: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": {"server": server}}],
        "users": [{"name": "operator", "user": {"token": token}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "operator"}}],
        "current-context": "it",
    }


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
