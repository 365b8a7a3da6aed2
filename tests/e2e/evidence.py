"""What a cluster looked like when a test failed: events, manifests and logs, in a folder of the test's own.

Secrets are not asked for: a report is passed around.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / "build" / "e2e"
_SECONDS = 60
_LINES = 1000
_MOST = 10
"""Tests whose evidence is kept in full: after so many the cluster itself is ill, and each would say the same."""

_OBJECTS = {
    "events.txt": ("get", "events", "-A", "--sort-by=.metadata.creationTimestamp"),
    "objects.txt": ("get", "ndsc,all,networkpolicies,resourcequotas,persistentvolumeclaims", "-A", "-o", "wide"),
    "resources.yaml": ("get", "ndsc", "-A", "-o", "yaml"),
    "nodes.txt": ("describe", "nodes"),
}
_OF_A_NAMESPACE = (
    "all,configmaps,networkpolicies,resourcequotas,limitranges,rolebindings,poddisruptionbudgets,persistentvolumeclaims,"
    "leases"
)
_written = 0


def folder_of(nodeid: str) -> Path:
    """Where the evidence of a test lies, from its pytest node id: ``build/e2e/FILE/TEST``."""
    file, _, name = nodeid.partition("::")
    return REPORTS / Path(file).stem / (re.sub(r"[^\w.=-]+", "_", name)[:120] or "collection")


def gather(nodeid: str, failure: str) -> Path | None:
    """Write it, with what the test itself says of its failure; none after too many tests have failed."""
    global _written  # noqa: PLW0603  # one count for the run
    if _written >= _MOST:
        return None
    _written += 1
    folder = folder_of(nodeid)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "failure.txt").write_text(failure)
    for name, words in _OBJECTS.items():
        (folder / name).write_text(_said(*words))
    for namespace in _namespaces():
        _of_namespace(namespace, folder / namespace)
    _daemons(folder / "cluster")
    return folder


def _namespaces() -> list[str]:
    """The platform's and the forces'."""
    listed = _said("get", "namespaces", "-l", "app.kubernetes.io/part-of=ndsc", "-o", "name").splitlines()
    names = {line.removeprefix("namespace/") for line in listed if line.startswith("namespace/")}
    return sorted(names | {"ndsc-system"})


def _of_namespace(namespace: str, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "manifests.yaml").write_text(_said("get", _OF_A_NAMESPACE, "-n", namespace, "-o", "yaml"))
    (folder / "pods.txt").write_text(_said("describe", "pods", "-n", namespace))
    for pod in _said("get", "pods", "-n", namespace, "-o", "name").split():
        name = pod.removeprefix("pod/")
        options = ("-n", namespace, "--all-containers", "--prefix", f"--tail={_LINES}")
        (folder / f"{name}.log").write_text(_said("logs", pod, *options))
        before = _said("logs", pod, *options, "--previous")
        if "not found" not in before:
            (folder / f"{name}.previous.log").write_text(before)


def _daemons(folder: Path) -> None:
    """The ends of the logs of the API server and the rest, which lie beside the administrator's kubeconfig."""
    folder.mkdir(exist_ok=True)
    for log in Path(os.environ["KUBECONFIG"]).parent.glob("run/*.log"):
        lines = log.read_text(errors="replace").splitlines()[-_LINES:]
        (folder / log.name).write_text("\n".join(lines) + "\n")


def _said(*words: str) -> str:
    """What kubectl answers, or why it does not."""
    try:
        done = subprocess.run(["kubectl", *words], capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{error}\n"
    return done.stdout + done.stderr
