"""A database that somebody else runs: its Secret is read, and which database it names. Everything here is pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
from urllib.parse import urlsplit

from ndsc.resources.datanode import SecretKeyRef
from ndsc_operator import conditions
from ndsc_operator.children.common import Object
from ndsc_operator.conditions import Verdict

_SCHEMES = frozenset({"postgresql", "postgres"})
_PORT = 5432


def claimed(secret: Object | None, reference: SecretKeyRef) -> tuple[str, Verdict]:
    """A digest of host, port and database that the URL in a Secret names, or nothing and what is wrong.

    No part of the URL is told: it holds a password.
    """
    where = f"Secret {reference.name}, key {reference.key}"
    encoded = (secret or {}).get("data", {}).get(reference.key)
    if encoded is None:
        return "", Verdict(conditions.DATABASE_SECRET_MISSING, f"{where}: there is none.")
    try:
        parts = urlsplit(base64.b64decode(encoded, validate=True).decode().strip())
        port = parts.port or _PORT
    except (ValueError, binascii.Error):  # UnicodeDecodeError is a ValueError
        return "", Verdict(conditions.DATABASE_SECRET_MALFORMED, f"{where}: not a URL.")
    name = parts.path.strip("/")
    lacking = [
        word
        for word, there in (
            ("the scheme postgresql", parts.scheme in _SCHEMES),
            ("a user", parts.username),
            ("a host", parts.hostname),
            ("a database", name and "/" not in name),
        )
        if not there
    ]
    if lacking:
        return "", Verdict(conditions.DATABASE_SECRET_MALFORMED, f"{where}: the URL lacks {', '.join(lacking)}.")
    digest = hashlib.sha256(f"{parts.hostname}:{port}/{name}".encode()).hexdigest()[:40]
    return digest, Verdict(conditions.DATABASE_NAMED, f"{where}.")


def first_claim(services: list[Object]) -> Object:
    """Of the Services that claim one database, the one that did first; of two in a second, the first by name."""

    def age(service: Object) -> tuple[str, str, str]:
        its = service["metadata"]
        return its["creationTimestamp"], its["namespace"], its["name"]

    return min(services, key=age)
