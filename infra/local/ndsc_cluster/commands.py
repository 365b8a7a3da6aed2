"""Runs the machine's own commands, inside the cluster's network namespace where that is wanted."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_SECONDS = 600.0

PACKAGES = {
    "ip": "iproute2",
    "nsenter": "util-linux",
    "mount": "mount",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "buildah": "buildah",
    "debootstrap": "debootstrap",
    "pkg-config": "pkg-config",
    "gcc": "gcc",
    "tar": "tar",
}
"""Which Debian package brings each command."""
_FILES = {
    Path("/usr/lib/cni/bridge"): "containernetworking-plugins",
    Path("/usr/include/seccomp.h"): "libseccomp-dev",
    Path("/usr/include/stdio.h"): "libc6-dev",
}


class CommandError(Exception):
    """A command failed, with the end of what it said."""


def run(
    *arguments: str | Path,
    input_: str | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    seconds: float = _SECONDS,
) -> str:
    """The command's output. Raises :class:`CommandError`."""
    words = [str(word) for word in arguments]
    try:
        done = subprocess.run(
            words,
            input=input_,
            env=None if environment is None else dict(environment),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
        )
    except FileNotFoundError:
        package = PACKAGES.get(words[0])
        hint = f": apt-get install {package}" if package else ""
        raise CommandError(f"{words[0]} is not here{hint}") from None
    except subprocess.TimeoutExpired:
        raise CommandError(f"{' '.join(words[:6])} did not end within {seconds:.0f} s") from None
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout or "").strip()[-2000:]
        raise CommandError(f"{' '.join(words[:6])} failed: {said}") from None
    return done.stdout


def missing_packages() -> list[str]:
    """Debian packages that a cluster needs and that are not here."""
    wanted = [package for command, package in PACKAGES.items() if shutil.which(command) is None]
    wanted += [package for path, package in _FILES.items() if not path.exists()]
    return sorted(set(wanted))


def inside(namespace: str, *arguments: str | Path) -> Sequence[str]:
    """The words that run a command in a network namespace.

    Not ``ip netns exec``: that mounts another /sys, which hides the control groups from the kubelet.
    """
    return ["nsenter", f"--net=/run/netns/{namespace}", "--", *(str(word) for word in arguments)]
