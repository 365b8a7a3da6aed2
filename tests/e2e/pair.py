"""Two forces that share their nominals and have loaded the person who is looked for: what tests of chaos break."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.e2e import local, services, traffic
from tests.e2e.cluster import PLATFORM, Kubectl, delete_force, until
from tests.e2e.estate import MANIFESTS
from tests.e2e.traffic import CONNECTOR, Traffic

from ndsc.resources.base import API_VERSION
from ndsc.resources.jwk import PublicKey
from ndsc.trust.keys import SigningKey

FORCES = ("cleveland", "humberside")
AGREEMENT = "chaos-nominals"
VOLUME_MEGABYTES = 768
READY_SECONDS = 300
CENTRAL = ("hub", "evaluator", "registry", "gateway")


@dataclass(frozen=True)
class Pair:
    """The forces, and the key of the identity provider that both name."""

    kubectl: Kubectl
    issuer: SigningKey
    forces: tuple[str, str]

    @contextmanager
    def traffic(self) -> Iterator[Traffic]:
        """Searches and loads, with a quiet second before and after what the block does to the platform."""
        with traffic.running(self.kubectl, self.issuer, self.forces) as running:
            until(lambda: len(running.searches) > 2, seconds=30)
            yield running
            until(lambda: running.searches[-1].kind == "complete", seconds=READY_SECONDS)
            many = len(running.searches)
            until(lambda: len(running.searches) > many + 3, seconds=60)

    def ready(self) -> bool:
        """Whether every node and every part of the platform says that it is well."""
        nodes = (self.condition(force, "Ready") for force in self.forces)
        return all(one.get("status") == "True" for one in nodes) and all(map(self._serves, CENTRAL))

    def _serves(self, part: str) -> bool:
        status = (self.kubectl.get("deployment", part, "-n", PLATFORM) or {}).get("status", {})
        return bool(status.get("readyReplicas")) and not status.get("unavailableReplicas")

    def condition(self, force: str, type_: str) -> dict[str, Any]:
        """A condition of a force's node; empty where it was never judged."""
        status = (self.kubectl.get("datanode", force) or {}).get("status", {})
        return next((one for one in status.get("conditions", ()) if one["type"] == type_), {})

    def pods(self, force: str, component: str) -> list[str]:
        """The pods of a part of a force's node that are not on their way out."""
        labels = f"ndsc.police.uk/datanode={force},app.kubernetes.io/component={component}"
        listed = json.loads(self.kubectl("get", "pods", "-n", force, "-l", labels, "-o", "json"))["items"]
        return [one["metadata"]["name"] for one in listed if "deletionTimestamp" not in one["metadata"]]

    def patch(self, force: str, spec: dict[str, Any]) -> None:
        """Change a node's manifest."""
        self.kubectl("patch", "datanode", force, "--type=merge", "-p", json.dumps({"spec": spec}))


def manifests(force: str, issuer: SigningKey) -> list[dict[str, Any]]:
    """A force and its node."""
    key = PublicKey.of(issuer.public).model_dump()
    provider = {"issuer": "https://sign-in.test.example", "keys": [key]}
    its = {"code": force, "name": force.title(), "identityProvider": provider}
    node = {
        "force": force,
        "connectors": [{"name": CONNECTOR}],
        "database": {"storage": "1Gi"},
        "replicas": {"min": 1, "max": 1},
    }
    return [
        {"apiVersion": API_VERSION, "kind": "Force", "metadata": {"name": force}, "spec": its},
        {"apiVersion": API_VERSION, "kind": "DataNode", "metadata": {"name": force}, "spec": node},
    ]


def agreement(forces: tuple[str, str]) -> dict[str, Any]:
    """The demonstration's agreement about nominals, between these two."""
    made: dict[str, Any] = yaml.safe_load((MANIFESTS / "agreement-national-nominals.yaml").read_text())
    made["metadata"] = {"name": AGREEMENT}
    made["spec"]["parties"] = [{"force": force} for force in forces]
    return made


def apply(kubectl: Kubectl, *documents: dict[str, Any]) -> None:
    """All of them in one go."""
    kubectl("apply", "--server-side", "--validate=strict", "-f", "-", input_=yaml.safe_dump_all(documents))


def brought_up(kubectl: Kubectl, forces: tuple[str, str] = FORCES) -> Pair:
    """The pair, with the person loaded and found."""
    if local.is_here():
        apply(kubectl, volume(forces[1], local.small_volume(forces[1], VOLUME_MEGABYTES)))
    pair = Pair(kubectl, SigningKey.generate(), forces)
    apply(kubectl, *(one for force in forces for one in manifests(force, pair.issuer)), agreement(forces))
    until(pair.ready, seconds=READY_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        for force, row in traffic.rows_of_the_person(forces).items():
            file = Path(folder, "person.jsonl")
            file.write_text(row.line())
            services.load(kubectl, force, force, file, CONNECTOR)
    until(lambda: _found(pair), seconds=READY_SECONDS)
    return pair


def volume(force: str, folder: Path) -> dict[str, Any]:
    """A volume that a force's database gets, before a larger one is made for it."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"small-{force}"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "local-path",
            "claimRef": {"namespace": force, "name": f"{force}-db-1"},
            "hostPath": {"path": str(folder), "type": "Directory"},
        },
    }


def taken_away(kubectl: Kubectl, forces: tuple[str, str] = FORCES) -> None:
    """They use nothing any more, and are in no other test's way."""
    kubectl("delete", "datasharingagreement", AGREEMENT, "--ignore-not-found")
    for force in forces:
        removed(kubectl, force)


def removed(kubectl: Kubectl, force: str) -> None:
    """A force that no agreement holds goes, with its node."""
    kubectl("delete", "datanode", force, "--ignore-not-found")
    delete_force(kubectl, force)
    kubectl("delete", "namespace", force, "--ignore-not-found", "--wait=false")


def _found(pair: Pair) -> bool:
    search = traffic.search_once(pair.kubectl, pair.issuer, pair.forces)
    held = traffic.holding(pair.forces)
    return search.kind == "complete" and search.answer is not None and not list(traffic.faults(search.answer, held))
