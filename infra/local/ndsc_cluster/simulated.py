"""A cluster whose control plane is real and whose node, pods and databases only seem to be: for measuring in hundreds.

kwok says of every pod that it runs, of every job's pod that it is done, and of every CloudNativePG ``Cluster`` what
CloudNativePG would say of one that is healthy. There is no container and no PostgreSQL in it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from ndsc_cluster import addons, network
from ndsc_cluster.builds import Builds, module_folder
from ndsc_cluster.cluster import Cluster
from ndsc_cluster.commands import inside, run
from ndsc_cluster.components import Components
from ndsc_cluster.processes import Daemon
from ndsc_cluster.progress import progress
from ndsc_cluster.settings import ROOT, Settings

_FAMILIES = ("kubernetes", "etcd", "kwok")
_DATABASES = ROOT / "infra" / "local" / "manifests" / "stub-databases.yaml"
_QUICK: dict[str, object] = {"kube-api-qps": 400, "kube-api-burst": 600}
_TUNED: dict[str, dict[str, object]] = {
    "kube-apiserver": {"max-requests-inflight": 400},
    # No load is measured here that anything could be scaled by.
    "kube-controller-manager": {**_QUICK, "controllers": "*,-horizontal-pod-autoscaler-controller"},
    "kube-scheduler": _QUICK,
}
"""The rivals for the processor are kept from waiting for themselves: what is measured is the operator."""
MARK = {"ndsc.police.uk/disposable": "true"}
"""On the namespace kube-system: nothing on this cluster is anybody's."""


class Simulated(Cluster):
    """One such cluster on this machine; taken down like any other."""

    def up(self) -> None:
        """Control plane, kwok, the definitions of databases. Run again it repairs what has died."""
        for family in self.builds.missing(_FAMILIES):
            with progress(self._say, f"building {family}"):
                self.builds.build(family)
        self.settings.folder.mkdir(parents=True, exist_ok=True)
        self.settings.folder.chmod(0o700)
        network.ensure(self.settings)
        # Who asks for a service's name, or for anything outside, hears at once that nobody is there.
        run(*inside(self.settings.name, "ip", "route", "replace", "unreachable", "default"))
        parts = Components(self.settings, self.builds)
        parts.prepare()
        for daemon in parts.control_plane(_TUNED):
            self._started(daemon, self._api_ready if daemon.name == "kube-apiserver" else _at_once)
        self.kubectl.apply(addons.as_text([*definitions_of_databases(), _MARKED, _NODE]))
        # It ends if a kind that it is to write is not served and described yet.
        self._until(self._databases_served, daemon)
        self._started(_kwok(self.settings, self.builds), self._node_ready)

    def _started(self, daemon: Daemon, done: Callable[[], bool]) -> None:
        if daemon.ensure():
            self._say(f"started {daemon.name}")
        self._until(done, daemon)

    def _databases_served(self) -> bool:
        """Raises CommandError while they are not."""
        self.kubectl("get", "clusters.postgresql.cnpg.io")
        return bool(self.kubectl("get", "--raw", "/openapi/v3/apis/postgresql.cnpg.io/v1"))

    def _node_ready(self) -> bool:
        node = self.kubectl.json("get", "node", _NODE["metadata"]["name"])
        return any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"].get("conditions", ()))


def _at_once() -> bool:
    return True


def definitions_of_databases() -> list[dict[str, Any]]:
    """CloudNativePG's custom resource definitions, without what acts on them."""
    shipped = addons.databases().objects
    found = [one for one in shipped if one["kind"] == "CustomResourceDefinition"]
    return [one for one in found if one["spec"]["names"]["kind"] == "Cluster"]


def stages() -> list[dict[str, Any]]:
    """What kwok makes of nodes, pods and databases: its own for the first two, as fast as it can."""
    shipped = sorted(
        file
        for part in ("node/fast", "node/heartbeat-with-lease", "pod/fast")
        for file in (_shipped() / "stage" / part).glob("*.yaml")
        if file.name != "kustomization.yaml"
    )
    return [one for file in (*shipped, _DATABASES) for one in yaml.safe_load_all(file.read_text()) if one]


def _shipped() -> Path:
    return module_folder("kwok", "sigs.k8s.io/kwok") / "kustomize"


def _kwok(settings: Settings, builds: Builds) -> Daemon:
    its = yaml.safe_load((_shipped() / "kwok" / "kwok.yaml").read_text())
    its["options"] |= {"manageAllNodes": True, "manageNodesWithAnnotationSelector": "", "enableCRDs": []}
    its["options"] |= {"cidr": str(settings.pods), "podPlayStageParallelism": 16}
    config = settings.folder / "kwok.yaml"
    config.write_text(addons.as_text([its, *stages()]))
    flags = (
        f"--kubeconfig={settings.kubeconfig}",
        f"--config={config}",
        f"--node-ip={settings.address}",
    )
    return Daemon("kwok", inside(settings.name, builds.tool("kwok", "kwok"), *flags), settings.folder / "run")


_MARKED: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "kube-system", "labels": MARK},
}
_NODE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "simulated", "labels": {"type": "kwok"}, "annotations": {"kwok.x-k8s.io/node": "fake"}},
    "status": {
        "allocatable": {"cpu": "1M", "memory": "1Pi", "pods": "1M"},
        "capacity": {"cpu": "1M", "memory": "1Pi", "pods": "1M"},
    },
}
