"""The secrets that the central services cannot work without: each made once, and what is there is never replaced.

Helm runs this before each install and upgrade. The Secrets belong to nobody's release: an uninstall leaves them, as it
leaves the databases that are worthless without them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ndsc.errors import ConflictError
from ndsc.index.oprf_keys import OprfKey
from ndsc.registry.pepper import Pepper

INDEX_KEYS, PEPPER = "index-keys", "pepper"
INDEX_DATABASE = "registry-db"
"""The database that both of them are needed to read."""
SERVICE_ROLE = "ndsc_service"
_DATABASES = ("evaluator-db", "registry-db", "gateway-db")


class KeyLostError(ConflictError):
    """The index is there and a key that it was made under is not: a new one would make every entry worthless."""

    code = "platform-key-lost"
    title = "A key of the index is lost"


@dataclass(frozen=True, slots=True)
class Secret:
    """A Kubernetes Secret. Its ``repr`` leaves the data out."""

    name: str
    data: Mapping[str, bytes] = field(repr=False)
    type: str = "Opaque"
    labels: Mapping[str, str] = field(default_factory=dict)


class Namespace(Protocol):
    """What is asked of the platform's namespace."""

    def has_secret(self, name: str) -> bool:
        """Whether there is a Secret of that name."""

    def has_database(self, name: str) -> bool:
        """Whether there is a CloudNativePG cluster of that name."""

    def add_secret(self, secret: Secret) -> bool:
        """Make a Secret; false where another was there first."""


def make_missing(namespace: Namespace) -> Iterator[tuple[str, bool]]:
    """Make what is not there: each Secret's name, and whether it was made now.

    Raises :class:`KeyLostError`, before anything is made, when the index's database is there without its keys: also an
    empty one, for who can tell a database that was never used from one that is being restored?
    """
    there = {name: namespace.has_secret(name) for name in _names()}
    lost = [name for name in (INDEX_KEYS, PEPPER) if not there[name]]
    if lost and namespace.has_database(INDEX_DATABASE):
        raise KeyLostError(
            f"The database {INDEX_DATABASE} is there, and the Secret {' and the Secret '.join(lost)} is not.",
            hint="Restore what is missing from its copy. To begin the index anew instead, delete that database.",
        )
    for name in _names():
        yield name, not there[name] and namespace.add_secret(_made(name))


def _names() -> tuple[str, ...]:
    return INDEX_KEYS, PEPPER, *(f"{database}-service" for database in _DATABASES)


def _made(name: str) -> Secret:
    if name == INDEX_KEYS:
        return Secret(name, {"epoch-1.key": OprfKey.generate(1).content()})
    if name == PEPPER:
        return Secret(name, {"pepper.key": Pepper.generate().content()})
    # Letters and digits only: it becomes part of a URL. The label lets CloudNativePG follow a change of it.
    login = {"username": SERVICE_ROLE.encode(), "password": secrets.token_hex(32).encode()}
    return Secret(name, login, "kubernetes.io/basic-auth", {"cnpg.io/reload": "true"})
