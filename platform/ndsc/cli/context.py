"""Where the commands find the network, and who they act as."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ndsc.errors import InvalidInputError
from ndsc.model.base import Model

if TYPE_CHECKING:
    from ndsc.embedded.network import Network

CLEARANCES = ("none", "bpss", "ctc", "sc", "dv")


def home() -> Path:
    """The folder that holds the embedded network's state: ``NDSC_HOME``, else ``.ndsc`` here."""
    return Path(os.environ.get("NDSC_HOME") or ".ndsc").absolute()


@contextmanager
def network(*, serve: bool = False) -> Iterator[Network]:
    """The embedded network; with ``serve`` all its parts answer, else only what a command touches is opened."""
    from ndsc.embedded.network import Network  # noqa: PLC0415  # `ndsc --help` need not load every service

    with Network(home(), database_url=os.environ.get("NDSC_DATABASE_URL") or None) as opened:
        if serve:
            opened.serve()
        yield opened


class Officer(Model):
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
