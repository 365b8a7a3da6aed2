"""The control groups of a cluster's pods, below one of its own: kubelets that share a group end each other's pods."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ndsc_cluster.settings import Settings

TOP = Path("/sys/fs/cgroup")
_NEEDED = ("cpu", "cpuset", "memory", "pids")
"""Controllers without which a kubelet does not start (Kubernetes, "Container Runtimes")."""


def missing() -> list[str]:
    """The controllers that a kubelet needs and this machine does not give, in either version of control groups."""
    unified = TOP / "cgroup.controllers"
    given = set(unified.read_text().split()) if unified.is_file() else {one.name for one in TOP.glob("*/")}
    return [name for name in _NEEDED if name not in given]


def ensure(settings: Settings) -> None:
    """Makes the cluster's group in every hierarchy. Raises OSError where control groups cannot be made."""
    unified = TOP / "cgroup.subtree_control"
    if unified.is_file():
        for name in (TOP / "cgroup.controllers").read_text().split():
            with contextlib.suppress(OSError):  # one that the kernel does not hand down
                unified.write_text(f"+{name}")
    for hierarchy in _hierarchies():
        (hierarchy / settings.cgroup).mkdir(exist_ok=True)


def processes(settings: Settings) -> Iterator[int]:
    """Every process of the cluster's pods."""
    for hierarchy in _hierarchies():
        for listed in (hierarchy / settings.cgroup).rglob("cgroup.procs"):
            with contextlib.suppress(OSError):
                yield from map(int, listed.read_text().split())


def remove(settings: Settings) -> None:
    """Takes the groups away, once no process is in them."""
    for hierarchy in _hierarchies():
        top = hierarchy / settings.cgroup
        folders = [one for one in top.rglob("*") if one.is_dir()]
        for folder in (*sorted(folders, key=lambda one: len(one.parts), reverse=True), top):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _hierarchies() -> list[Path]:
    """Version 2 has one, at the top; version 1 has one for each controller."""
    if (TOP / "cgroup.procs").is_file():
        return [TOP]
    return sorted({one.resolve() for one in TOP.glob("*/") if (one / "cgroup.procs").is_file()})
