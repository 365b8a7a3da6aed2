"""Whether a cluster can run on this machine at all: what it needs of the kernel is tried, in a namespace thrown away.

What can be mended with a package is not here but in :func:`ndsc_cluster.commands.missing_packages`.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ndsc_cluster import cgroups
from ndsc_cluster.builds import Builds
from ndsc_cluster.commands import CommandError, run
from ndsc_cluster.settings import Settings

_MEMORY_GIB = 3.5
_DISK_GIB, _DISK_COLD_GIB = 4, 25
"""Free where caches lie: what a cluster and its images take, and what the first build of all takes with Go's cache."""
_SECONDS = 30.0

_LINK = "ip link add trial type bridge && ip link add one type veth peer name two && ip link set one master trial"
_RULE = (
    "iptables -t nat -A OUTPUT -p tcp -m comment --comment trial -m addrtype --dst-type LOCAL"
    " -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x4000/0x4000"
    " && iptables -t nat -A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE"
    " && iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
)


def obstacles(settings: Settings) -> Iterator[str]:
    """One sentence for each thing that a cluster needs and this machine does not give."""
    if platform.system() != "Linux":
        yield f"It runs on Linux, and this is {platform.system()}."
        return
    if os.geteuid() != 0:
        yield "It needs root: it makes a network namespace, mounts file systems and runs containers."
        return
    yield from _kernel(settings)
    yield from _room(settings)


def _kernel(settings: Settings) -> Iterator[str]:
    namespaces = [*_tried("No namespace of networks and of mounts can be made", "--net", "--mount", "true")]
    yield from namespaces
    if not namespaces:
        yield from _in_namespaces(settings)
    yield from _control_groups(settings)


def _in_namespaces(settings: Settings) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="trial-", dir=_nearest(settings.state)) as name:
        for part in ("lower", "upper", "work", "merged"):
            (Path(name) / part).mkdir()
        options = f"lowerdir={name}/lower,upperdir={name}/upper,workdir={name}/work"
        command = f"mount -t overlay -o {options} overlay {name}/merged"
        yield from _tried(f"No overlay file system can be mounted in {settings.state}", "--mount", command)
    if shutil.which("ip"):
        yield from _tried("No bridge, or no pair of links, can be made in a network namespace", "--net", _LINK)
    if shutil.which("iptables"):
        yield from _tried("The firewall rules of Services cannot be made in a network namespace", "--net", _RULE)


def _control_groups(settings: Settings) -> Iterator[str]:
    missing = cgroups.missing()
    if missing:
        yield f"The kernel does not give the control group controllers {', '.join(missing)} here."
        return
    trial = replace(settings, name=f"trial-{os.getpid()}")
    try:
        cgroups.ensure(trial)
    except OSError as error:
        yield f"No control group can be made: {error}."
    finally:
        cgroups.remove(trial)


def _room(settings: Settings) -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    if memory < _MEMORY_GIB:
        yield f"It needs {_MEMORY_GIB} GiB of memory, and this machine has {memory:.1f}."
    needed = _DISK_COLD_GIB if Builds(settings.cache).missing() else _DISK_GIB
    free = shutil.disk_usage(_nearest(settings.cache)).free / 2**30
    if free < needed:
        yield f"It needs {needed} GiB free in {settings.cache}, and there are {free:.1f}."


def _tried(what: str, *unshare: str) -> Iterator[str]:
    """That it failed, with the kernel's words. The last argument is a shell's line, run in the new namespaces."""
    *kinds, line = unshare
    try:
        run("unshare", *kinds, "sh", "-c", line, seconds=_SECONDS)
    except CommandError as error:
        said = str(error).rsplit(" failed: ", 1)[-1].splitlines()
        yield f"{what}: {said[-1] if said else 'it gave no reason'}."


def _nearest(folder: Path) -> Path:
    """The folder, or the one in which it would be made."""
    return folder if folder.is_dir() else _nearest(folder.parent)
