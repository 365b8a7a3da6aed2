"""Go tools from pinned modules, built once and kept: the key is a digest of all that goes into a binary."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fasteners import InterProcessLock

from ndsc_cluster.settings import TOOLS

_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Family:
    """The tools of one Go module under ``infra/local/tools``. ``cgo``: those that link a C library."""

    folder: str
    tools: tuple[str, ...]
    cgo: tuple[str, ...] = ()
    tags: str = ""
    version_variables: bool = False
    """Whether Kubernetes' way of telling a binary its version is needed."""

    @property
    def module(self) -> Path:
        """The folder of its go.mod."""
        return TOOLS / self.folder


FAMILIES: dict[str, Family] = {
    family.folder: family
    for family in (
        Family(
            "kubernetes",
            ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl"),
            version_variables=True,
        ),
        Family("etcd", ("server",)),
        Family("runtime", ("containerd", "containerd-shim-runc-v2", "ctr", "runc"), cgo=("runc",), tags="seccomp"),
        Family("coredns", ("coredns",)),
        Family("metrics-server", ("metrics-server",)),
        Family("local-path-provisioner", ("local-path-provisioner",)),
        Family("cloudnative-pg", ("manager",)),
        Family("kwok", ("kwok", "kubeconform")),
        Family("helm", ("helm",)),
        Family("opa", ("opa",)),
        Family("cyclonus", ("cyclonus",)),
    )
}


class BuildError(Exception):
    """A tool could not be built."""


@dataclass(frozen=True, slots=True)
class Builds:
    """What was built, under ``cache/bin/FAMILY-DIGEST/``."""

    cache: Path

    def folder(self, family: str) -> Path:
        """Where that family's binaries are, or will be."""
        return self.cache / "bin" / f"{family}-{_digest(FAMILIES[family])}"

    def tool(self, family: str, name: str) -> Path:
        """One binary. Raises :class:`BuildError` where it was not built."""
        path = self.folder(family) / name
        if not path.is_file():
            raise BuildError(f"{name} is not built: run `make cluster`, which builds it")
        return path

    def missing(self, families: Iterable[str] = FAMILIES) -> list[str]:
        """The families of which there is no build of the pinned versions."""
        return [family for family in families if not self.folder(family).is_dir()]

    def build(self, family: str) -> Path:
        """Builds a family unless it is there; the folder appears whole or not at all."""
        folder, spec = self.folder(family), FAMILIES[family]
        if folder.is_dir():
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        with InterProcessLock(folder.parent / f".{family}.lock"):
            if not folder.is_dir():
                _clear(folder.parent, f".{family}-*")  # of a build that was killed
                _build(spec, folder)
                _clear(folder.parent, f"{family}-*", but=folder)
        return folder


def module_folder(family: str, path: str) -> Path:
    """The source of a module that the family pins, such as for the manifests that it ships."""
    found = _go(FAMILIES[family], "list", "-m", "-f", "{{.Dir}}", path)
    return Path(found.strip())


def version(family: str, path: str) -> str:
    """The pinned version of a module, such as ``v1.36.3``."""
    return _go(FAMILIES[family], "list", "-m", "-f", "{{.Version}}", path).strip()


def _build(family: Family, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=f".{family.folder}-", dir=folder.parent) as name:
        made = Path(name) / "bin"
        made.mkdir()
        for group, cgo in ((set(family.tools) - set(family.cgo), False), (set(family.cgo), True)):
            if group:
                _go_build(family, sorted(group), made, cgo=cgo)
        made.rename(folder)


def _clear(folder: Path, pattern: str, *, but: Path | None = None) -> None:
    for old in folder.glob(pattern):
        if old != but:
            shutil.rmtree(old)


def _digest(family: Family) -> str:
    parts = [(family.module / name).read_bytes() for name in ("go.mod", "go.sum")]
    parts.append(repr(family).encode())
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:16]


def _packages(family: Family) -> dict[str, str]:
    """Import paths of the tools of a go.mod, by the name of their binary."""
    listed = json.loads(_go(family, "mod", "edit", "-json")).get("Tool", [])
    return {_binary(tool["Path"]): tool["Path"] for tool in listed}


def _binary(package: str) -> str:
    last = package.rsplit("/", 1)[-1]
    return package.rsplit("/", 2)[-2] if last.startswith("v") and last[1:].isdigit() else last


def _go_build(family: Family, tools: Iterable[str], into: Path, *, cgo: bool) -> None:
    packages = _packages(family)
    wanted = [packages[tool] for tool in tools]
    flags = ["-mod=readonly", "-trimpath", "-ldflags", _linker(family)]
    if cgo and family.tags:
        flags += ["-tags", family.tags]
    _go(family, "build", *flags, "-o", f"{into}/", *wanted, cgo=cgo)


def _linker(family: Family) -> str:
    flags = "-s -w"
    if family.version_variables:
        its = version(family.folder, "k8s.io/kubernetes")
        major, minor, _ = its.removeprefix("v").split(".", 2)
        prefix = "-X k8s.io/component-base/version."
        flags += f" {prefix}gitVersion={its} {prefix}gitMajor={major} {prefix}gitMinor={minor}"
    return flags


def _go(family: Family, *arguments: str, cgo: bool = False) -> str:
    environment = os.environ | {"CGO_ENABLED": "1" if cgo else "0", "GOFLAGS": "", "GOWORK": "off"}
    try:
        done = subprocess.run(
            ["go", *arguments],
            cwd=family.module,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except FileNotFoundError:
        raise BuildError("the go command is not here: install Go 1.26 or later (https://go.dev/dl)") from None
    except subprocess.CalledProcessError as error:
        raise BuildError(f"go {arguments[0]} failed in {family.module}:\n{error.stderr[-4000:]}") from None
    return done.stdout
