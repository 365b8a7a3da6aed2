"""Runs the Pulumi program with its mocks in place of the engine: what it declares, in order, without a cluster.

In a process of its own, as the engine runs it: Pulumi's runtime is a state of the whole process, and ends with it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks

from ndsc_infra.program import deploy

ROOT = Path(__file__).parents[1]
COMPONENT = "ndsc:index:"
CUSTOM = "kubernetes:ndsc.police.uk/v1alpha1:"
RELEASE = "kubernetes:helm.sh/v3:Release"


@dataclass(frozen=True, slots=True)
class Declared:
    """One resource as the engine would be told of it."""

    type: str
    name: str
    inputs: dict[str, Any]

    @property
    def manifest(self) -> dict[str, Any]:
        """A Kubernetes object as the API server takes it."""
        return {
            name: value for name, value in self.inputs.items() if name in ("apiVersion", "kind", "metadata", "spec")
        }


class _Capture(mocks.Mocks):
    def __init__(self) -> None:
        self.declared: list[Declared] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.declared.append(Declared(args.typ, args.name, _plain(dict(args.inputs))))
        return f"{args.name}-id", dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"the program asks for {args.token}, which no test answers")


def _plain(value: Any) -> Any:
    """As the engine's plug-in writes it: every number comes to it as a double, and whole ones leave it as such."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def captured(platform: dict[str, Any] | None = None, manifests: list[str] | None = None) -> list[Declared]:
    """All that the program declares under this configuration. Raises :class:`Refused`."""
    given = {"ndsc:platform": platform, "ndsc:manifests": manifests}
    return _captured(json.dumps({key: json.dumps(value) for key, value in given.items() if value is not None}))


class Refused(Exception):  # noqa: N818  # what the program said when it would not run
    """The program's last words."""


@cache
def _captured(config: str) -> list[Declared]:
    path = os.pathsep.join(str(ROOT / part) for part in ("infra/pulumi", "."))
    done = subprocess.run(
        [sys.executable, "-m", "tests.capturing"],
        input=config,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"PYTHONPATH": path},
    )
    if done.returncode:
        raise Refused(done.stderr)
    return [Declared(**one) for one in json.loads(done.stdout)]


@pulumi.runtime.test  # type: ignore[untyped-decorator]
def _run() -> None:
    deploy()


def _main() -> None:
    capture = _Capture()
    mocks.set_mocks(capture, project="ndsc", stack="test", preview=False)
    pulumi.runtime.set_all_config(json.load(sys.stdin))
    _run()
    json.dump([asdict(one) for one in capture.declared], sys.stdout)


if __name__ == "__main__":
    _main()
