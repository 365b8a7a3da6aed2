"""helm for tests: the one on the path, else the one that `make cluster` built."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from ndsc_cluster.builds import BuildError, Builds
from ndsc_cluster.settings import Settings

CHART = Path(__file__).parents[1] / "charts" / "ndsc"


class Helm:
    """One helm, without a cluster."""

    def __init__(self, program: str) -> None:
        self._program = program

    def __call__(self, *arguments: str) -> str:
        done = self.tried(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tried(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What came of it, whether or not it went well."""
        return subprocess.run([self._program, *arguments], capture_output=True, text=True, timeout=60, check=False)


def tool(family: str, name: str) -> str | None:
    """Where a tool is; none where it is not."""
    try:
        return shutil.which(name) or str(Builds(Settings().cache).tool(family, name))
    except BuildError:
        return None
