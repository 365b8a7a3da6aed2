"""Where the cluster keeps what, and the numbers of its private network."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

ROOT = Path(__file__).parents[3]
"""The repository."""

TOOLS = ROOT / "infra" / "local" / "tools"
"""One Go module for each family of tools; its go.mod pins what is built."""


def _xdg(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / default) / "ndsc"


@dataclass(frozen=True, slots=True)
class Settings:
    """One cluster. Everything that it makes carries its name."""

    name: str = "ndsc"
    cache: Path = field(default_factory=lambda: _xdg("XDG_CACHE_HOME", ".cache"))
    """Built binaries and images: shared by all clusters, safe to delete."""
    state: Path = field(default_factory=lambda: _xdg("XDG_STATE_HOME", ".local/state") / "cluster")
    """Keys, the store of objects, volumes, logs: goes with the cluster."""
    network: IPv4Network = field(default_factory=lambda: IPv4Network("10.231.0.0/24"))
    pods: IPv4Network = field(default_factory=lambda: IPv4Network("10.232.0.0/16"))
    services: IPv4Network = field(default_factory=lambda: IPv4Network("10.233.0.0/16"))

    @property
    def folder(self) -> Path:
        """This cluster's state."""
        return self.state / self.name

    @property
    def node(self) -> str:
        """The node's name."""
        return f"{self.name}-node"

    @property
    def cgroup(self) -> str:
        """The control group that all of its pods are in."""
        return f"cluster-{self.name}"

    @property
    def address(self) -> IPv4Address:
        """The node's address, inside the cluster's network namespace."""
        return self.network[2]

    @property
    def dns(self) -> IPv4Address:
        """The address of the cluster's name server."""
        return self.services[10]

    @property
    def api(self) -> str:
        """URL of the API server."""
        return f"https://{self.address}:6443"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.folder / "admin.kubeconfig"
