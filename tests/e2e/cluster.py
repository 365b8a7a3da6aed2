"""What tests do to a real cluster: by kubectl and Helm, as a platform engineer does."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_IMPATIENT = 0.2
PLATFORM = "ndsc-system"
"""The namespace of the platform's own parts."""


class Kubectl:
    """kubectl as the administrator, or as another."""

    def __init__(self, *options: str) -> None:
        self._options = options

    def __call__(self, *arguments: str, input_: str | None = None) -> str:
        done = self.tried(*arguments, input_=input_)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tried(self, *arguments: str, input_: str | None = None) -> subprocess.CompletedProcess[str]:
        """What came of it, whether or not it was allowed."""
        words = ["kubectl", *self._options, *arguments]
        return subprocess.run(words, input=input_, capture_output=True, text=True, timeout=60, check=False)

    def get(self, *arguments: str) -> Any:
        """An object, or none where there is none."""
        done = self.tried("get", *arguments, "-o", "json")
        if done.returncode:
            assert "NotFound" in done.stderr, done.stderr
            return None
        return json.loads(done.stdout)

    def apply(self, manifest: dict[str, Any], *options: str) -> subprocess.CompletedProcess[str]:
        """Server-side, strictly validated, whether or not it was accepted."""
        text = json.dumps(manifest)
        return self.tried("apply", "--server-side", "--validate=strict", *options, "-f", "-", input_=text)

    def acting_as(self, user: str, *groups: str) -> Kubectl:
        """The same, as another user."""
        return Kubectl(*self._options, f"--as={user}", *(f"--as-group={group}" for group in groups))


def until(holds: Callable[[], object], *, seconds: float = 10) -> float:
    """Wait for something to hold; the seconds that it took."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if holds():
            return time.monotonic() - started
        time.sleep(min(1.0, max(_IMPATIENT, (time.monotonic() - started) / 20)))  # kubectl itself is work
    raise AssertionError(f"not so after {seconds:.0f} s")


def delete_force(kubectl: Kubectl, code: str) -> None:
    """A force whose agreements have ended, as soon as its status knows that they have."""
    delete = ("delete", "force", code, "--ignore-not-found", "--wait=false")
    until(lambda: not kubectl.tried(*delete).returncode, seconds=30)


def helm(*arguments: str, seconds: float = 240) -> str:
    """What helm says; it must go well."""
    done = helm_tried(*arguments, seconds=seconds)
    assert done.returncode == 0, done.stderr
    return done.stdout


def helm_tried(*arguments: str, seconds: float = 240) -> subprocess.CompletedProcess[str]:
    """What came of it, whether or not it went well."""
    return subprocess.run(["helm", *arguments], capture_output=True, text=True, timeout=seconds, check=False)


def install(*options: str, seconds: int = 120) -> None:
    """The chart, installed or brought up to date with these values over those of before."""
    chart = str(ROOT / "charts" / "ndsc")
    common = ("--namespace", PLATFORM, "--reset-then-reuse-values", "--wait", f"--timeout={seconds}s")
    helm("upgrade", "--install", "ndsc", chart, *common, *options, seconds=seconds + 60)


def define() -> None:
    """The custom resource definitions, from their chart, which keeps them when it goes: whoever has them now."""
    where = ("--namespace", PLATFORM, "--create-namespace", "--take-ownership")
    helm("upgrade", "--install", "ndsc-crds", str(ROOT / "charts" / "ndsc-crds"), *where, "--wait")
