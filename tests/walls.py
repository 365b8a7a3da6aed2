"""Who may talk to whom: the table that the docs give, and what NetworkPolicies leave open, as cyclonus judges them."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "network-walls.md"
PORTS = (22, 53, 443, 5432, 6443, 8000, 8080, 8443, 9090, 9187)
"""Every port that something listens on, and one that nothing should."""
_SECONDS = 120

Object = dict[str, Any]
Way = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Party:
    """A pod, by what policies see of it; without a namespace an address outside the cluster's network."""

    role: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    force: str = ""
    node: str = ""
    address: str = "10.9.0.1"
    ours: bool = True
    """Whether it is a part of the platform, rather than somebody who talks to it."""

    @property
    def name(self) -> str:
        """Its role, and whose it is."""
        return " of ".join(filter(None, (self.role, self.node)))

    @property
    def peer(self) -> Object:
        """As cyclonus takes it."""
        inside = {
            "PodLabels": dict(self.labels),
            # Set by the API server, on each namespace.
            "NamespaceLabels": dict(self.namespace_labels) | {"kubernetes.io/metadata.name": self.namespace},
            "Namespace": self.namespace,
        }
        return {"IP": self.address, "Internal": inside if self.namespace else None}


API_SERVER = Party("API server", address="192.0.2.1", ours=False)
OUTSIDERS = (
    Party("monitoring", "monitoring", {"app.kubernetes.io/name": "prometheus"}, ours=False),
    Party("CloudNativePG", "cnpg-system", {"app.kubernetes.io/name": "cloudnative-pg"}, ours=False),
    Party("name service", "kube-system", {"k8s-app": "kube-dns"}, ours=False),
    # It may call its pod as it likes.
    Party("another namespace", "default", {"app.kubernetes.io/component": "gateway"}, ours=False),
    Party("the internet", address="198.51.100.9", ours=False),
    API_SERVER,
)


def table() -> set[Way]:
    """The roles that may talk, and the port, from the page."""
    rows = re.findall(r"^\| (.+) \| (.+) \| ([\d, ]+) \|$", PAGE.read_text(), re.MULTILINE)
    split = (tuple(part.split(", ") for part in row) for row in rows)
    return {
        (source, target, int(port))
        for sources, targets, ports in split
        for source, target, port in itertools.product(sources, targets, ports)
    }


def expected(parties: list[Party]) -> set[Way]:
    """The table, for these parties."""
    rows = table()
    return {
        (source.name, target.name, port)
        for source, target, port in _asked(parties)
        if (source.role, target.role, port) in rows and not _of_two_forces(source, target)
    }


def open_ways(cyclonus: str, folder: Path, policies: list[Object], parties: list[Party]) -> set[Way]:
    """The ways that the policies leave open. ``folder`` takes what cyclonus reads."""
    asked = list(_asked(parties))
    traffic = [
        {"Source": source.peer, "Destination": target.peer, "Protocol": "TCP", "ResolvedPort": port}
        for source, target, port in asked
    ]
    read, questions = folder / "policies.json", folder / "traffic.json"
    read.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": policies}))
    questions.write_text(json.dumps(traffic))
    words = ("analyze", "--mode=query-traffic", f"--policy-path={read}", f"--traffic-path={questions}")
    done = subprocess.run([cyclonus, *words], capture_output=True, text=True, timeout=_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    answers = re.findall(r"IS ALLOWED\?\s*\|\s*(TRUE|FALSE)", done.stdout)
    assert len(answers) == len(asked), "cyclonus was asked one number of questions and answered another"
    return {
        (source.name, target.name, port)
        for (source, target, port), answer in zip(asked, answers, strict=True)
        if answer == "TRUE"
    }


def _of_two_forces(source: Party, target: Party) -> bool:
    return bool(source.force and target.force) and source.force != target.force


def _asked(parties: list[Party]) -> Iterator[tuple[Party, Party, int]]:
    """Each pair of which one is the platform's, each port."""
    for source, target in itertools.product(parties, parties):
        if source.ours or target.ours:
            for port in PORTS:
                yield source, target, port
