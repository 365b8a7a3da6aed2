"""How the local cluster's tools are built: what a killed build left is mended by the next. Needs Go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ndsc_cluster.builds import Builds
from ndsc_cluster.settings import ROOT

ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "infra" / "local")}


def test_a_build_that_is_killed_is_built_by_the_next(tmp_path: Path) -> None:
    """The folder of a family appears whole or not at all, and what a killed build left is cleared away."""
    program = (
        "import sys, pathlib; from ndsc_cluster.builds import Builds; Builds(pathlib.Path(sys.argv[1])).build('etcd')"
    )
    words = [sys.executable, "-c", program, str(tmp_path)]
    attempt = subprocess.Popen(words, env=ENVIRONMENT, start_new_session=True)
    wait_for(lambda: any((tmp_path / "bin").glob(".etcd-*/bin")), seconds=60)
    os.killpg(attempt.pid, signal.SIGKILL)
    attempt.wait(timeout=10)
    assert Builds(tmp_path).missing(["etcd"]) == ["etcd"]
    assert (Builds(tmp_path).build("etcd") / "server").is_file()
    assert [one.name for one in (tmp_path / "bin").iterdir() if one.is_dir()] == [Builds(tmp_path).folder("etcd").name]


def wait_for(holds: Callable[[], object], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not so after {seconds:.0f} s"
        time.sleep(0.05)
