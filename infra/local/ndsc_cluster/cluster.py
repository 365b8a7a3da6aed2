"""Brings the cluster up, each step a no-op where its result is there, and takes it down without a trace."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ndsc_cluster import cgroups, network
from ndsc_cluster import images as image_catalogue
from ndsc_cluster.addons import Addon, addons, as_text
from ndsc_cluster.builds import FAMILIES, Builds
from ndsc_cluster.commands import CommandError, missing_packages, run
from ndsc_cluster.components import Components
from ndsc_cluster.images import Image, Images
from ndsc_cluster.kubectl import Kubectl
from ndsc_cluster.processes import Daemon, end, mentioning
from ndsc_cluster.progress import Say, progress
from ndsc_cluster.settings import Settings

_READY_SECONDS = 120.0
_KUBELET_OWN = tuple(Path("/var", part) for part in ("lib/kubelet/device-plugins", "lib/kubelet", "log/containers"))
"""Folders that a kubelet makes wherever its root is."""


class ClusterError(Exception):
    """The cluster did not come up; what to look at is in the message."""


class Cluster:
    """One cluster on this machine."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self.settings = settings
        self.builds = Builds(settings.cache)
        self._images = Images(settings.cache, say)
        self._say = say

    @property
    def kubectl(self) -> Kubectl:
        """As the administrator."""
        return Kubectl(self.settings, self.builds)

    def up(self) -> None:
        """Everything, in order. Run again it repairs what is missing or has died."""
        self.build()
        self.settings.folder.mkdir(parents=True, exist_ok=True)
        self.settings.folder.chmod(0o700)
        network.ensure(self.settings)
        cgroups.ensure(self.settings)
        parts = Components(self.settings, self.builds)
        parts.prepare()
        waits = {
            "kube-apiserver": self._api_ready,
            "containerd": lambda: self._import(parts, [image_catalogue.pause(self.settings.cache)]) is not None,
            "kubelet": self._node_ready,
        }
        for daemon in parts.daemons():
            if daemon.ensure():
                self._say(f"started {daemon.name}")
            self._until(waits.get(daemon.name, lambda: True), daemon)
        self._renew(parts, [image_catalogue.base(), *image_catalogue.addons(self.builds)])
        wanted = list(addons(self.settings, self.kubectl))
        for addon in wanted:
            self._apply(addon)
        for addon in wanted:
            self._rolled_out(addon)

    def build(self) -> None:
        """Binaries that are not in the cache."""
        packages = missing_packages()
        if packages:
            raise ClusterError(f"install first: apt-get install {' '.join(packages)}")
        missing = self.builds.missing()
        for number, family in enumerate(missing, 1):
            text = f"building {family} ({number} of {len(missing)}): {', '.join(FAMILIES[family].tools)}"
            with progress(self._say, text):
                self.builds.build(family)

    def build_all(self) -> None:
        """Those, and the project's own images."""
        self.build()
        own = (image_catalogue.pause(self.settings.cache), image_catalogue.base())
        for image in (*own, *image_catalogue.addons(self.builds), *image_catalogue.product(self.builds)):
            self._images.ensure(image)

    def down(self) -> None:
        """Ends every process, unmounts every mount, and removes state and network. The cache stays."""
        folder = f"{self.settings.folder}/"  # with its end: another cluster's name may begin like this one's
        with contextlib.suppress(Exception):  # what was never built never ran
            parts = Components(self.settings, self.builds)
            kubelet = [daemon for daemon in parts.daemons() if daemon.name == "kubelet"]
            end([pid for daemon in kubelet if (pid := daemon.pid())])
        shims = _shim_sockets(self.settings.folder)
        # What they hold goes with them.
        end([*cgroups.processes(self.settings), *_in_pods(folder), *mentioning(folder)], seconds=3)
        for mount in _mounts(folder):
            run("umount", "-l", mount)
        network.remove(self.settings)
        for left in (*shims, *_links_into(Path("/var/log/containers"), folder)):
            left.unlink(missing_ok=True)
        cgroups.remove(self.settings)
        _remove_kubelets_own()
        shutil.rmtree(self.settings.folder, ignore_errors=True)
        for empty in (self.settings.state, self.settings.state.parent):
            with contextlib.suppress(OSError):  # it holds another cluster, or somebody else's
                empty.rmdir()

    def status(self) -> Iterator[tuple[str, str]]:
        """Each process, and whether it runs."""
        for daemon in Components(self.settings, self.builds).daemons():
            pid = daemon.pid()
            yield daemon.name, f"runs (process {pid})" if pid else "does not run"

    def images(self) -> None:
        """The project's own images: built where something in them changed, and given to the node if there is one."""
        parts = Components(self.settings, self.builds)
        wanted = list(image_catalogue.product(self.builds))
        if network.exists(self.settings):
            self._renew(parts, wanted)
        else:
            for image in wanted:
                self._images.ensure(image)

    def _renew(self, parts: Components, wanted: list[Image]) -> None:
        """Import images, and end the pods that run an older one of the same name: their owners start them anew."""
        changed = self._import(parts, wanted)
        for pod in self.kubectl.json("get", "pods", "-A")["items"] if changed else ():
            if changed & {container["image"] for container in pod["spec"]["containers"]}:
                its = pod["metadata"]
                self.kubectl("delete", "pod", its["name"], "-n", its["namespace"], "--wait=false")

    def _import(self, parts: Components, wanted: list[Image]) -> set[str]:
        """Give the node the images that it does not have under this digest; the names of those."""
        there = self.settings.folder / "imported.json"
        known: dict[str, str] = json.loads(there.read_text()) if there.is_file() else {}
        ctr, new = self.builds.tool("runtime", "ctr"), set()
        for image in wanted:
            if known.get(image.name) == image.digest:
                continue
            archive = self._images.ensure(image)
            run(ctr, "--address", parts.containerd_socket, "--namespace", "k8s.io", "images", "import", archive)
            known[image.name] = image.digest
            there.write_text(json.dumps(known, indent=1))
            new.add(image.name)
        return new

    def _api_ready(self) -> bool:
        return self.kubectl("get", "--raw", "/readyz", seconds=10).strip() == "ok"

    def _node_ready(self) -> bool:
        node = self.kubectl.json("get", "node", self.settings.node)
        return any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"]["conditions"])

    def _until(self, done: Callable[[], bool], daemon: Daemon) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        problem = ""
        while time.monotonic() < deadline:
            try:
                if done():
                    return
            except CommandError as error:
                problem = str(error)
            if daemon.pid() is None:
                raise ClusterError(f"{daemon.name} ended. The end of {daemon.log}:\n{daemon.tail()}")
            time.sleep(0.3)
        raise ClusterError(f"{daemon.name} was not ready in {_READY_SECONDS:.0f} s: {problem}\n{daemon.tail()}")

    def _apply(self, addon: Addon) -> None:
        definitions = [one for one in addon.objects if one["kind"] in {"CustomResourceDefinition", "Namespace"}]
        rest = [one for one in addon.objects if one not in definitions]
        if definitions:
            self.kubectl.apply(as_text(definitions))
            names = [f"crd/{one['metadata']['name']}" for one in definitions if one["kind"] != "Namespace"]
            if names:
                self.kubectl("wait", "--for=condition=Established", "--timeout=30s", *names)
        self.kubectl.apply(as_text(rest))

    def _rolled_out(self, addon: Addon) -> None:
        namespace, deployment = addon.deployment.split("/")
        try:
            self.kubectl(
                "rollout", "status", f"deployment/{deployment}", "-n", namespace, "--timeout=120s", seconds=130
            )
        except CommandError as error:
            pods = self.kubectl("get", "pods", "-n", namespace)
            raise ClusterError(f"{addon.name} did not become ready: {error}\n{pods}") from None
        self._say(f"{addon.name} is ready")


def _mounts(folder: str) -> list[str]:
    """Mounts below a folder, the deepest first (proc_pid_mountinfo(5), field 5)."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4] for line in lines]
    return sorted((point for point in points if point.startswith(folder)), key=len, reverse=True)


def _in_pods(folder: str) -> list[int]:
    """Processes of containers: those whose root file system lies in the cluster's state."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if folder in (entry / "mountinfo").read_text().split("\n", 1)[0]:
                    found.append(int(entry.name))
    return found


def _shim_sockets(folder: Path) -> list[Path]:
    """The sockets of container shims, which lie outside the state folder, from the notes that lie inside."""
    found = []
    for note in folder.glob("containerd/state/io.containerd.runtime.v2.task/*/*/bootstrap.json"):
        with contextlib.suppress(OSError, ValueError):
            found.append(Path(json.loads(note.read_text())["address"].removeprefix("unix://")))
    return found


def _links_into(folder: Path, target: str) -> list[Path]:
    if not folder.is_dir():
        return []
    return [link for link in folder.iterdir() if link.is_symlink() and str(link.readlink()).startswith(target)]


def _remove_kubelets_own() -> None:
    """What a kubelet leaves outside its root, unless another one runs on this machine: folders only where empty."""
    for entry in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if entry.read_text().strip() == "kubelet":
                return
    (_KUBELET_OWN[0] / "kubelet.sock").unlink(missing_ok=True)
    for leftover in _KUBELET_OWN:
        with contextlib.suppress(OSError):
            leftover.rmdir()
