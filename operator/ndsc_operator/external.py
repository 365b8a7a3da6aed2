"""A database that somebody else runs: its Secret is read, and which database it names. Everything here is pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ndsc.resources.datanode import SecretKeyRef
from ndsc_operator import conditions
from ndsc_operator.children.common import Object
from ndsc_operator.children.database import OWNER_KEY
from ndsc_operator.conditions import Verdict

_SCHEMES = frozenset({"postgresql", "postgres"})
_PORT = 5432
_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Claim:
    """Which database a Secret names, and as whom the node's API works in it."""

    digest: str
    """Of host, port and database."""
    service: str
    """The role that the API logs in as."""


def claimed(secret: Object | None, reference: SecretKeyRef) -> Claim | Verdict:
    """What a Secret's two URLs claim, or what is wrong with them.

    One is the service's, in the key that the node names; one the owner's, in ``owner-url``, which only migrations use:
    a service owns nothing. No part of a URL is told: it holds a password.
    """
    read = {}
    for key in (reference.key, OWNER_KEY):
        where = f"Secret {reference.name}, key {key}"
        encoded = (secret or {}).get("data", {}).get(key)
        if encoded is None:
            return Verdict(conditions.DATABASE_SECRET_MISSING, f"{where}: there is none.")
        parts, lacking = _read(encoded)
        if parts is None:
            return Verdict(conditions.DATABASE_SECRET_MALFORMED, f"{where}: the URL lacks {lacking}.")
        read[key] = parts
    service, owner = read[reference.key], read[OWNER_KEY]
    if _place(service) != _place(owner):
        return Verdict(conditions.DATABASE_SECRET_MALFORMED, "The two URLs name different databases.")
    if service.username == owner.username:
        return Verdict(conditions.DATABASE_SECRET_MALFORMED, "Both URLs log in as one role: a service owns nothing.")
    return Claim(hashlib.sha256(_place(service).encode()).hexdigest()[:40], service.username or "")


def _read(encoded: str) -> tuple[SplitResult | None, str]:
    """A URL's parts, or what it lacks."""
    try:
        parts = urlsplit(base64.b64decode(encoded, validate=True).decode().strip())
        name, _ = parts.path.strip("/"), parts.port
    except (ValueError, binascii.Error):  # UnicodeDecodeError is a ValueError
        return None, "the form of a URL"
    lacking = [
        word
        for word, there in (
            ("the scheme postgresql", parts.scheme in _SCHEMES),
            ("a user that is a plain name", _ROLE.fullmatch(parts.username or "")),
            ("a host", parts.hostname),
            ("a database", name and "/" not in name),
        )
        if not there
    ]
    return (None, ", ".join(lacking)) if lacking else (parts, "")


def _place(parts: SplitResult) -> str:
    return f"{parts.hostname}:{parts.port or _PORT}/{parts.path.strip('/')}"


def first_claim(services: list[Object]) -> Object:
    """Of the Services that claim one database, the one that did first; of two in a second, the first by name."""

    def age(service: Object) -> tuple[str, str, str]:
        its = service["metadata"]
        return its["creationTimestamp"], its["namespace"], its["name"]

    return min(services, key=age)
