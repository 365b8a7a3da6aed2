"""kubectl inside the cluster's network namespace, as its administrator."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ndsc_cluster.builds import Builds
from ndsc_cluster.commands import inside, run
from ndsc_cluster.settings import Settings


class Kubectl:
    """Answers of kubectl. Every call raises :class:`~ndsc_cluster.commands.CommandError` where it fails."""

    def __init__(self, settings: Settings, builds: Builds) -> None:
        self._settings = settings
        self._tool = builds.tool("kubernetes", "kubectl")

    def command(self, *arguments: str | Path) -> Sequence[str]:
        """The words that run it."""
        return inside(self._settings.name, self._tool, f"--kubeconfig={self._settings.kubeconfig}", *arguments)

    def __call__(self, *arguments: str | Path, input_: str | None = None, seconds: float = 60) -> str:
        return run(*self.command(*arguments), input_=input_, seconds=seconds)

    def json(self, *arguments: str) -> Any:
        """The answer of a ``get``."""
        return json.loads(self(*arguments, "-o", "json"))

    def apply(self, text: str) -> None:
        """Server-side, so that applying again changes nothing."""
        self("apply", "--server-side", "--force-conflicts", "-f", "-", input_=text, seconds=120)

    def kustomize(self, folder: Path) -> str:
        """The objects of a kustomization, without asking the cluster."""
        return run(self._tool, "kustomize", folder, environment=os.environ)
