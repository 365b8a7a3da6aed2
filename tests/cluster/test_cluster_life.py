"""The local cluster's own life: killed while it is built or brought up it is mended, and taken down it leaves nothing.

Needs what a cluster needs: `make cluster-test`, which brings up one of its own.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ndsc_cluster import cgroups
from ndsc_cluster.cluster import Cluster
from ndsc_cluster.commands import run
from ndsc_cluster.preflight import obstacles
from ndsc_cluster.settings import ROOT, Settings

NAME = "ndsc-life"
SETTINGS = Settings(name=NAME)
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "infra" / "local")}
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", autouse=True)
def _able() -> Iterator[None]:
    assert list(obstacles(SETTINGS)) == []
    yield
    command("down")


@pytest.fixture(scope="module")
def before() -> dict[str, set[str]]:
    command("down")
    return traces()


@pytest.fixture(scope="module")
def cluster(before: dict[str, set[str]]) -> Cluster:
    """Up, after a first attempt that was killed in the middle."""
    attempt = started("up")
    wait_for((SETTINGS.folder / "run" / "kube-apiserver.pid").is_file, seconds=240)
    killed(attempt)
    command("up")
    return Cluster(SETTINGS, print)


def test_brought_up_after_it_was_killed_in_the_middle_it_works(cluster: Cluster) -> None:
    assert ready_nodes(cluster) == [f"{NAME}-node"]


def test_what_crashed_is_repaired_and_what_was_stored_is_there(cluster: Cluster) -> None:
    cluster.kubectl("create", "configmap", "kept", "--from-literal=a=b")
    pids = dict(cluster.status())
    for name in ("kube-apiserver", "etcd", "containerd", "kubelet"):
        os.kill(int(pids[name].rsplit(" ", 1)[1].rstrip(")")), signal.SIGKILL)
    command("up")
    assert all(state.startswith("runs") for _, state in cluster.status())
    assert cluster.kubectl.json("get", "configmap", "kept")["data"] == {"a": "b"}
    cluster.kubectl("rollout", "status", "deployment/coredns", "-n", "kube-system", "--timeout=120s", seconds=130)


def test_taken_down_it_leaves_nothing(cluster: Cluster, before: dict[str, set[str]]) -> None:
    during = traces()
    assert {what for what in during if during[what] - before[what]} >= {"processes", "mounts", "networks", "groups"}
    command("down")
    after = traces()
    assert {what: after[what] - before[what] for what in after if after[what] - before[what]} == {}


def traces() -> dict[str, set[str]]:
    """All that a cluster makes on a machine outside its cache, without what belongs to clusters of other names."""
    found = {
        "processes": {str(pid) for pid in [*in_network(), *cgroups.processes(SETTINGS), *naming()]},
        "mounts": {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()},
        "networks": {one.name for one in Path("/run/netns").glob("*")},
        "links": {line.split(": ")[1] for line in run("ip", "-o", "link").splitlines()},
        "rules": {line for line in run("iptables-save").splitlines() if line.startswith("-A")},
        "groups": {str(one) for pattern in ("*/cluster-*", "cluster-*") for one in cgroups.TOP.glob(pattern)},
        "folders": {str(one) for top in FOLDERS for one in top.glob("*") if not (one.is_socket() and answers(one))},
    }
    return {what: {one for one in ones if not anothers(one)} for what, ones in found.items()}


_TOPS = ("/var/lib", "/var/log", "/var/log/pods", "/var/log/containers", "/run", "/run/containerd/s", "/etc", "/opt")
FOLDERS = (*map(Path, _TOPS), Path("/etc/cni"), SETTINGS.state)


def anothers(trace: str) -> bool:
    """Whether it carries the name of another cluster, such as one that a person looks at meanwhile."""
    others = {one.name for top in (SETTINGS.state, Path("/run/netns")) for one in top.glob("*")} - {NAME}
    path = Path(trace)
    names = (str(path.readlink()) if path.is_symlink() else trace).split("/")
    return any(name.removeprefix("cluster-") in others for name in names)


def answers(path: Path) -> bool:
    """Whether a process listens there: then it is another cluster's, for this one's are gone."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def in_network() -> Iterator[int]:
    """The processes in the cluster's network namespace."""
    if Path("/run/netns", NAME).exists():
        yield from map(int, run("ip", "netns", "pids", NAME).split())


def naming() -> Iterator[int]:
    """The processes whose command line names the cluster's folder."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"{SETTINGS.folder}/".encode() in entry.read_bytes():
                yield int(entry.parent.name)
        except OSError:
            continue


def command(verb: str) -> None:
    run(sys.executable, "-m", "ndsc_cluster", verb, "--name", NAME, environment=ENVIRONMENT, folder=ROOT, seconds=600)


def started(verb: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "ndsc_cluster", verb, "--name", NAME]
    return subprocess.Popen(words, env=ENVIRONMENT, cwd=ROOT, start_new_session=True)


def killed(process: subprocess.Popen[bytes]) -> None:
    """It and what it waits for, without a moment to tidy up."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def ready_nodes(cluster: Cluster) -> list[str]:
    nodes = cluster.kubectl.json("get", "nodes")["items"]
    ready = {"type": "Ready", "status": "True"}.items()
    return [
        node["metadata"]["name"] for node in nodes if any(one.items() >= ready for one in node["status"]["conditions"])
    ]


def wait_for(holds: Callable[[], object], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not so after {seconds:.0f} s"
        time.sleep(0.05)
