"""What tests do to the local cluster itself, from outside Kubernetes; on any other they say so and do not run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ndsc_cluster.builds import Builds
from ndsc_cluster.components import Components
from ndsc_cluster.processes import Daemon
from ndsc_cluster.settings import Settings


def _settings() -> Settings:
    folder = Path(os.environ["KUBECONFIG"]).parent
    return Settings(name=folder.name, state=folder.parent)


def _parts() -> tuple[Components, Builds]:
    settings = _settings()
    if not is_here():
        pytest.skip("only the local cluster (make cluster) can be treated so")
    builds = Builds(settings.cache)
    return Components(settings, builds), builds


def daemon(name: str) -> Daemon:
    """A process of the cluster."""
    parts, _ = _parts()
    [found] = [one for one in parts.daemons() if one.name == name]
    return found


def tag(image: str, other: str) -> None:
    """Give an image that the node has another name too."""
    parts, builds = _parts()
    words = (builds.tool("runtime", "ctr"), "--address", parts.containerd_socket, "--namespace", "k8s.io")
    subprocess.run([*words, "images", "tag", "--force", image, other], check=True, capture_output=True, timeout=60)


def is_here() -> bool:
    """Whether the kubeconfig, which lies in its folder, is the local cluster's."""
    return _settings().kubeconfig == Path(os.environ["KUBECONFIG"])


def small_volume(name: str, megabytes: int) -> Path:
    """A file system of so many megabytes, in memory, which is full when it is full; it goes with the cluster."""
    folder = _settings().folder / "small-volumes" / name
    if not folder.is_mount():
        folder.mkdir(parents=True, exist_ok=True)
        options = ("-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777")
        subprocess.run(["mount", *options, f"small-{name}", str(folder)], check=True, capture_output=True, timeout=20)
    return folder


def full(folder: Path) -> Path:
    """A file that takes all the room there is."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        part = b"\0" * 1024 * 1024
        try:
            while True:
                if file.write(part) < len(part):
                    part = b"\0"
        except OSError:
            return filler
