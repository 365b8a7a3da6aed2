"""Where the commands find the network, and who they act as."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ndsc.cli.output import warn
from ndsc.errors import InvalidInputError, UnavailableError

if TYPE_CHECKING:
    from ndsc.embedded.network import Network

_UNGUARDED = "Every service may do what the user in NDSC_DATABASE_URL may, also change its audit log: it has no role."
_GUARD = "An administrator can let that user make roles: ALTER ROLE ... CREATEROLE. PostgreSQL says: "

CLEARANCES = ("none", "bpss", "ctc", "sc", "dv")


def home() -> Path:
    """The folder that holds the embedded network's state: ``NDSC_HOME``, else ``.ndsc`` here."""
    return Path(os.environ.get("NDSC_HOME") or ".ndsc").absolute()


@contextmanager
def network(*, serve: bool = False) -> Iterator[Network]:
    """The embedded network; with ``serve`` all its parts answer, else only what a command touches is opened."""
    from ndsc.storage.server import open_server  # noqa: PLC0415  # `ndsc --help` need not load a driver

    folder = private_folder(home())
    with ThreadPoolExecutor(1) as pool:  # the server starts while the services load
        starting = pool.submit(open_server, folder / "postgres", os.environ.get("NDSC_DATABASE_URL") or None)
        with _without_collecting():
            from ndsc.embedded.network import Network  # noqa: PLC0415  # `ndsc --help` need not load every service
    with Network(folder, server=starting.result()) as opened:
        if serve:
            opened.serve()
        try:
            yield opened
        finally:
            if opened.unguarded():
                warn(_UNGUARDED, hint=_GUARD + ", ".join(sorted(opened.unguarded())))


def private_folder(path: Path) -> Path:
    """The folder, made for its owner alone when it is not there. Raises ``UnavailableError``."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(
            f"The folder {path} cannot be made: {error.strerror}.", hint="Name another one in NDSC_HOME."
        ) from error
    return path


@contextmanager
def _without_collecting() -> Iterator[None]:
    """No garbage collection while modules load: nothing of them is garbage, and looking takes a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@dataclass(frozen=True, slots=True)
class Officer:
    """Whom a command acts as; the development issuer signs a token for them."""

    sub: str
    force: str
    roles: tuple[str, ...]
    clearance: int

    @classmethod
    def read(cls, text: str, roles: str, clearance: str) -> Officer:
        """From ``pc4417@south-wales``, comma-separated roles and the name of a clearance."""
        from ndsc.model.forces import resolve  # noqa: PLC0415  # the list of forces is read only when needed

        sub, at, force = text.partition("@")
        if not (sub and at and force):
            raise InvalidInputError(f"{text[:60]!r} is not an officer", hint="Write NAME@FORCE: pc4417@south-wales.")
        if clearance not in CLEARANCES:
            raise InvalidInputError(f"{clearance[:20]!r} is not a clearance", hint=f"One of {', '.join(CLEARANCES)}.")
        return cls(
            sub=sub,
            force=resolve(force).slug,
            roles=tuple(role.strip() for role in roles.split(",")),
            clearance=CLEARANCES.index(clearance),
        )
