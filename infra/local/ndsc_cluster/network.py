"""The network namespace that all of the cluster's traffic stays in."""

from __future__ import annotations

from pathlib import Path

from ndsc_cluster.commands import inside, run
from ndsc_cluster.settings import Settings

_BRIDGE = "node0"


def exists(settings: Settings) -> bool:
    """Whether the namespace is there."""
    return Path("/run/netns", settings.name).exists()


def ensure(settings: Settings) -> None:
    """Makes the namespace, its loopback, and the bridge that bears the node's address."""
    if not exists(settings):
        run("ip", "netns", "add", settings.name)
    if _BRIDGE in run(*inside(settings.name, "ip", "-o", "link")):
        return
    for step in (
        ("ip", "link", "set", "lo", "up"),
        ("ip", "link", "add", _BRIDGE, "type", "bridge"),
        ("ip", "addr", "add", f"{settings.address}/{settings.network.prefixlen}", "dev", _BRIDGE),
        ("ip", "link", "set", _BRIDGE, "up"),
        ("ip", "route", "add", "default", "dev", _BRIDGE),
        ("sysctl", "-qw", "net.ipv4.ip_forward=1"),
    ):
        run(*inside(settings.name, *step))


def remove(settings: Settings) -> None:
    """Takes the namespace away, and with it every link, route and firewall rule in it."""
    if exists(settings):
        run("ip", "netns", "del", settings.name)
