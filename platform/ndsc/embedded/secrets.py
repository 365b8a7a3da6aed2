"""Secrets of the network: each made once, when it is first needed, in a folder of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from ndsc.index.oprf_keys import OprfKey, OprfKeys
from ndsc.registry.pepper import Pepper
from ndsc.storage.making import one_at_a_time
from ndsc.trust.keys import read_private, write_private


def index_keys(folder: Path) -> Mapping[int, OprfKey]:
    """The evaluator's keys by epoch; the first is made with the folder, and never when the folder has lost its keys."""
    keys = OprfKeys(folder)
    with one_at_a_time(folder):
        if not folder.exists():
            keys.make(1)
        return keys.load()


def pepper(folder: Path) -> Pepper:
    """The registry's pepper, made with its folder."""
    file = folder / "pepper.key"
    with one_at_a_time(folder):
        if not folder.exists():
            Pepper.generate().save(file)
        return Pepper.load(file)


def role_passwords(folder: Path) -> Callable[[str], str]:
    """The services' passwords at an outside PostgreSQL, by role: each made of one secret and the role's name."""
    file = folder / "roles.key"
    with one_at_a_time(folder):
        if not file.exists():
            write_private(file, secrets.token_bytes(32))
        secret = read_private(file)

    def password(role: str) -> str:
        return base64.urlsafe_b64encode(hmac.digest(secret, role.encode(), hashlib.sha256)).decode()

    return password
