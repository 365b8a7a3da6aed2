"""Container images without a registry: each built here by buildah and handed to the container runtime as a file.

An image is kept in the cache under a digest of what it is made of, and made again only when that changes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from fasteners import InterProcessLock

from ndsc_cluster.builds import Builds, module_folder, version
from ndsc_cluster.commands import CommandError, run
from ndsc_cluster.components import SANDBOX_IMAGE
from ndsc_cluster.progress import Say, progress
from ndsc_cluster.settings import ROOT

BASE = "docker.io/library/debian:trixie-slim"
"""The name that the project's Dockerfiles build FROM, so that the same files serve those who have Docker."""
_RELEASE = "trixie"
_KEPT = 4
"""Archives of one name: worktrees that share a cache do not take each other's away."""
_CONTAINERFILES = ROOT / "infra" / "local" / "images"
_BASE_PACKAGES = ("ca-certificates", "python3", "python3-venv")


@dataclass(frozen=True, slots=True)
class Image:
    """``containerfile`` is built with ``files`` (by their name in it) as its context. ``parent`` is built before."""

    name: str
    containerfile: str
    files: dict[str, Path] = field(default_factory=dict)
    parent: Image | None = None
    reads: tuple[str, ...] = ()
    """What of this machine the build may read: whom to trust, and where packages are fetched from."""

    @property
    def digest(self) -> str:
        """Of all that it is made of."""
        parts = [self.containerfile, self.parent.digest if self.parent else ""]
        parts += [f"{name}={_content(path)}" for name, path in sorted(self.files.items())]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


class Images:
    """The images of a cache."""

    def __init__(self, cache: Path, say: Say) -> None:
        self._say = say
        self._folder = cache / "images"
        self._buildah = (
            "buildah",
            "--root",
            str(cache / "buildah"),
            "--runroot",
            str(cache / "buildah-run"),
            "--storage-driver",
            "vfs",
        )

    def archive(self, image: Image) -> Path:
        """Where its archive is, or will be."""
        safe = image.name.replace("/", "_").replace(":", "_")
        return self._folder / f"{safe}-{image.digest}.tar"

    def ensure(self, image: Image) -> Path:
        """Builds it, and what it builds on, unless they are there. Its archive."""
        if self.archive(image).is_file():  # not waiting for what somebody else builds
            return self._ensure(image)
        self._folder.mkdir(parents=True, exist_ok=True)
        # Of one name only one is built at a time: it is by its name that buildah finds what it has built.
        with InterProcessLock(self._folder / ".lock"):
            return self._ensure(image)

    def _ensure(self, image: Image) -> Path:
        archive = self.archive(image)
        if archive.is_file():
            os.utime(archive)  # in use: others of its name go before it
            return archive
        if image.parent is not None:
            self._ensure(image.parent)
        with progress(self._say, f"building image {image.name}"):
            self._bootstrap(image) if image.name == BASE else self._build(image)
            self._push(image, archive)
        return archive

    def _build(self, image: Image) -> None:
        with tempfile.TemporaryDirectory(prefix="ndsc-image-") as name:
            context = Path(name)
            (context / "Containerfile").write_text(image.containerfile)
            for inner, path in image.files.items():
                target = context / inner
                target.parent.mkdir(parents=True, exist_ok=True)
                if path.is_dir():
                    shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy2(path, target)
            self._run("bud", "--pull-never", "--isolation", "chroot", *_mounts(image), "-t", image.name, str(context))

    def _bootstrap(self, image: Image) -> None:
        """The base: Debian's smallest, with Python."""
        with tempfile.TemporaryDirectory(prefix="ndsc-base-") as name:
            root = Path(name) / "root"
            include = ",".join(_BASE_PACKAGES)
            run("debootstrap", "--variant=minbase", f"--include={include}", _RELEASE, root, seconds=1200)
            for waste in ("var/cache/apt/archives", "var/lib/apt/lists"):
                shutil.rmtree(root / waste, ignore_errors=True)
                (root / waste).mkdir(parents=True)
            archive = Path(name) / "root.tar"
            run("tar", "--numeric-owner", "-C", root, "-cf", archive, ".")  # added as a whole it keeps its owners
            container = self._run("from", "scratch").strip()
            try:
                self._run("add", container, str(archive), "/")
                self._run("config", "--cmd", "/bin/sh", container)
                self._run("commit", "--rm", container, image.name)
            except BaseException:
                self._run("rm", container)
                raise

    def _push(self, image: Image, archive: Path) -> None:
        part = archive.with_suffix(".part")
        part.unlink(missing_ok=True)
        self._run("push", image.name, f"docker-archive:{part}:{image.name}")
        part.rename(archive)
        stem = archive.name.rsplit("-", 1)[0]
        by_age = sorted(archive.parent.glob(f"{stem}-*.tar"), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in by_age[_KEPT:]:
            old.unlink()
        with contextlib.suppress(CommandError):  # what a build that was killed holds on to stays
            self._run("rmi", "--prune")

    def _run(self, *words: str) -> str:
        return run(*self._buildah, *words, seconds=1800)


def base() -> Image:
    """What everything with a shell or Python is built on."""
    return Image(BASE, f"debootstrap {_RELEASE} minbase {' '.join(_BASE_PACKAGES)}")


def pause(cache: Path) -> Image:
    """The program that keeps a pod's namespaces open, from Kubernetes' own source."""
    source = module_folder("kubernetes", "k8s.io/kubernetes") / "build" / "pause" / "linux" / "pause.c"
    built = cache / "bin" / f"pause-{_content(source)[:16]}"
    if not built.is_file():
        part = built.with_suffix(".part")
        run("gcc", "-Os", "-static", "-DVERSION=ndsc", "-o", part, source)
        part.rename(built)
    return Image(SANDBOX_IMAGE, _single("pause", "65535:65535"), {"pause": built})


def product(builds: Builds) -> Iterable[Image]:
    """The project's own images, from the same Dockerfiles that Docker builds them from."""
    folder = ROOT / "infra" / "images"
    names = ("pyproject.toml", "README.md", "LICENSE", "bootstrap.lock", "runtime.lock", "platform", "operator")
    yield Image(
        f"ndsc.local/ndsc:{_product_version()}",
        (folder / "ndsc.Dockerfile").read_text(),
        {name: ROOT / name for name in names},
        parent=base(),
        reads=("/etc/ssl/certs", "/etc/pip.conf"),
    )
    yield Image(
        f"ndsc.local/opa:{version('opa', 'github.com/open-policy-agent/opa').removeprefix('v')}",
        (folder / "opa.Dockerfile").read_text(),
        {"opa": builds.tool("opa", "opa")},
    )


def _product_version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def addons(builds: Builds) -> Iterable[Image]:
    """The images of what the cluster offers besides Kubernetes itself."""
    for family, tool, module, repository in (
        ("coredns", "coredns", "github.com/coredns/coredns", "ndsc.local/coredns"),
        ("metrics-server", "metrics-server", "sigs.k8s.io/metrics-server", "ndsc.local/metrics-server"),
        ("kwok", "kwok", "sigs.k8s.io/kwok", "ndsc.local/kwok"),
        (
            "local-path-provisioner",
            "local-path-provisioner",
            "github.com/rancher/local-path-provisioner",
            "ndsc.local/local-path-provisioner",
        ),
    ):
        user = "0:0" if family == "local-path-provisioner" else "65532:65532"
        yield Image(
            f"{repository}:{version(family, module)}",
            _single(tool, user),
            {tool: builds.tool(family, tool)},
        )
    yield cloudnative_pg(builds)
    yield postgresql()


def cloudnative_pg(builds: Builds) -> Image:
    """CloudNativePG's manager, under the name that its own manifest gives."""
    its = version("cloudnative-pg", "github.com/cloudnative-pg/cloudnative-pg").removeprefix("v")
    lines = (
        "FROM scratch",
        "COPY manager /manager",
        "COPY manager /operator/manager_amd64",
        "USER 65532:65532",
        'ENTRYPOINT ["/manager"]',
    )
    return Image(
        f"ghcr.io/cloudnative-pg/cloudnative-pg:{its}",
        "\n".join(lines),
        {"manager": builds.tool("cloudnative-pg", "manager")},
    )


def postgresql() -> Image:
    """PostgreSQL as CloudNativePG wants it."""
    text = (_CONTAINERFILES / "postgresql.Containerfile").read_text()
    return Image("ghcr.io/cloudnative-pg/postgresql:17", text, parent=base())


def _single(tool: str, user: str) -> str:
    return "\n".join(
        ("FROM scratch", "WORKDIR /", "ENV PATH=/", f"COPY {tool} /{tool}", f"USER {user}", f'ENTRYPOINT ["/{tool}"]')
    )


def _mounts(image: Image) -> Iterable[str]:
    for path in image.reads:
        if Path(path).exists():
            yield from ("-v", f"{path}:{path}:ro")


def _content(path: Path) -> str:
    """Digest of a file, or of a folder's files with their names."""
    if path.is_dir():
        parts = [
            f"{one.relative_to(path)}={_content(one)}"
            for one in sorted(path.rglob("*"))
            if one.is_file() and "__pycache__" not in one.parts
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
