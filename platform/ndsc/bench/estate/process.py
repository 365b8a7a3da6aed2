"""The operator as a process of its own, as in its pod: what it measures of itself, and what the kernel says of it."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families as families

from ndsc.bench.estate.server import Server, path_of
from ndsc.bench.loading_process import peak_kilobytes
from ndsc.errors import UnavailableError
from ndsc.resources.definition import definitions

NAMESPACE = "ndsc-system"
ACCOUNT = "ndsc-bench-operator"
_START_SECONDS, _STOP_SECONDS, _TOKEN_SECONDS = 60.0, 20.0, 6 * 3600
_OWN = "ndsc_operator_"


@dataclass(frozen=True)
class Reading:
    """What the operator said of itself at a moment."""

    when: float
    metrics: tuple[Metric, ...]

    def total(self, name: str, **labels: str) -> float:
        """The sum of its samples of that name with these labels."""
        return sum(
            sample.value
            for metric in self.metrics
            for sample in metric.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    @property
    def requests(self) -> float:
        """That it has sent to the API server so far."""
        return self.total(f"{_OWN}requests_total")

    @property
    def ready(self) -> float:
        """Data nodes that are ready, as its watch has told it."""
        return self.total(f"{_OWN}resources", kind="DataNode", condition="Ready", status="True")

    @property
    def idle(self) -> bool:
        """Whether it leads and nothing waits for a worker."""
        return bool(self.total(f"{_OWN}leader")) and not self.total(f"{_OWN}queue_depth")

    def rounds(self, kind: str) -> float:
        """Rounds that it has done for a kind."""
        return self.total(f"{_OWN}reconcile_seconds_count", kind=kind)

    @property
    def processor(self) -> float:
        """Seconds of processor time that it has used."""
        return self.total("process_cpu_seconds_total")


@dataclass
class Operator:
    """One that runs."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    started: float
    http: httpx.Client = field(default_factory=httpx.Client)

    def read(self) -> Reading | None:
        """What it says now; None before it says anything. Raises :class:`UnavailableError` when it has ended."""
        if self.process.poll() is not None:
            end = self.log.read_text(errors="replace")[-1500:]
            raise UnavailableError(f"The operator ended with {self.process.returncode}: {end}")
        try:
            answer = self.http.get(f"http://127.0.0.1:{self.port}/metrics", timeout=30)
        except httpx.TransportError:
            return None
        return Reading(time.monotonic(), tuple(families(answer.text)))

    def until(
        self, done: Callable[[Reading], bool], seconds: float, what: str, *, every: float = 0.25
    ) -> list[Reading]:
        """All that it said until ``done``. Raises :class:`UnavailableError` where that takes longer."""
        readings: list[Reading] = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            reading = self.read()
            if reading is not None:
                readings.append(reading)
                if done(reading):
                    return readings
            time.sleep(every)
        raise UnavailableError(f"{what}: not so after {seconds:.0f} s. The operator's log: {self.log}")

    @property
    def peak_megabytes(self) -> float:
        """The most memory that it has had resident, in MB of 2^20 bytes."""
        return peak_kilobytes(Path("/proc") / str(self.process.pid)) / 1024

    def stop(self) -> None:
        """End it, as a roll-out does."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.http.close()


@dataclass
class Operators:
    """Starts operators one after the other, each with an identity of its own, as a Deployment's pods have."""

    server: Server
    folder: Path
    number: int = 0

    def prepare(self) -> None:
        """Definitions, the namespace, an account that may do all, and a counter of what it asks, on the server."""
        for definition in definitions():
            kind = (definition["apiVersion"], definition["kind"])
            self.server.apply(path_of(kind, name=definition["metadata"]["name"]), definition)
        for kind, namespace, one in _ACCOUNT_OBJECTS:
            body = {"apiVersion": kind[0], "kind": kind[1], **one}
            self.server.apply(path_of(kind, namespace, one["metadata"]["name"]), body)
        path = f"{path_of(('v1', 'ServiceAccount'), NAMESPACE, ACCOUNT)}/token"
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
        answer = self.server.ask("POST", path, request | {"spec": {"expirationSeconds": _TOKEN_SECONDS}})
        self._kubeconfig.touch(mode=0o600)
        self._kubeconfig.write_text(json.dumps(self._config(answer["status"]["token"])))

    def requests(self) -> float:
        """What the API server has been asked by operators, as it counts itself: with every list and watch."""
        return self.server.counted("apiserver_flowcontrol_dispatched_requests_total", flow_schema=ACCOUNT)

    def start(self) -> Operator:
        """One more, which waits to lead."""
        self.number += 1
        port, log = _free_port(), self.folder / f"operator-{self.number}.log"
        own = {"KUBECONFIG": str(self._kubeconfig), "NDSC_OPERATOR_HEALTH_PORT": str(port)}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NDSC_OPERATOR_")}
        started = time.monotonic()
        with log.open("wb") as said:
            process = subprocess.Popen(  # noqa: S603  # our own command, our own arguments
                [Path(sys.executable).with_name("ndsc"), "operator", "run"],
                env=kept | own | {"NDSC_OPERATOR_IDENTITY": f"bench-{self.number}"},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        return Operator(process, port, log, started)

    @contextmanager
    def running(self) -> Iterator[Operator]:
        """One that leads and has nothing left to do, inside."""
        operator = self.start()
        try:
            operator.until(lambda its: its.idle and its.rounds("Authority") > 0, _START_SECONDS, "the operator leads")
            yield operator
        finally:
            operator.stop()

    @property
    def _kubeconfig(self) -> Path:
        return self.folder / "operator.kubeconfig"

    def _config(self, token: str) -> dict[str, Any]:
        authority = base64.b64encode(Path(self.server.authority).read_bytes()).decode()
        cluster = {"server": self.server.url, "certificate-authority-data": authority}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "bench", "cluster": cluster}],
            "users": [{"name": "operator", "user": {"token": token}}],
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "operator"}}],
            "current-context": "bench",
        }


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


_ACCOUNT_OBJECTS: tuple[tuple[tuple[str, str], str, dict[str, Any]], ...] = (
    (("v1", "Namespace"), "", {"metadata": {"name": NAMESPACE}}),
    (("v1", "ServiceAccount"), NAMESPACE, {"metadata": {"name": ACCOUNT, "namespace": NAMESPACE}}),
    (
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        "",
        {
            "metadata": {"name": ACCOUNT},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": NAMESPACE}],
        },
    ),
    (
        ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema"),
        "",
        {
            "metadata": {"name": ACCOUNT},
            "spec": {
                # Where accounts of pods have theirs too; before the schema that they all share, so that it is counted.
                "priorityLevelConfiguration": {"name": "workload-low"},
                "matchingPrecedence": 500,
                "distinguisherMethod": {"type": "ByUser"},
                "rules": [
                    {
                        "subjects": [
                            {"kind": "ServiceAccount", "serviceAccount": {"name": ACCOUNT, "namespace": NAMESPACE}}
                        ],
                        "resourceRules": [
                            {
                                "verbs": ["*"],
                                "apiGroups": ["*"],
                                "resources": ["*"],
                                "clusterScope": True,
                                "namespaces": ["*"],
                            }
                        ],
                        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
                    }
                ],
            },
        },
    ),
)
