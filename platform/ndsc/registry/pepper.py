"""The registry's own secret: entries are stored as HMAC-SHA256 (RFC 2104) of their token, so that a copy of the
registry's database is of no use to somebody who can make tokens."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from ndsc.index.encoding import decode, encode
from ndsc.trust.errors import BadKeyError
from ndsc.trust.keys import read_private, write_private

_TEXT = re.compile(rb"ndsc registry pepper\nkey: ([A-Za-z0-9_-]{43})\n", re.ASCII)
_CHECK = b"ndsc.police.uk/registry/pepper-check"


@dataclass(frozen=True, slots=True)
class Pepper:
    """32 secret bytes. Its ``repr`` leaves them out."""

    secret: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Pepper:
        """A new one from the system's random source."""
        return cls(secrets.token_bytes(32))

    @classmethod
    def load(cls, path: Path, *, mounted: bool = False) -> Pepper:
        """Read it. Raises KeyMissingError, UnsafeKeyFileError or BadKeyError; never makes one."""
        match = _TEXT.fullmatch(read_private(path, mounted=mounted))
        if match is None:
            raise BadKeyError(f"{path.name} is not a registry's pepper.")
        return cls(decode(match[1].decode()))

    def save(self, path: Path) -> None:
        """Write it whole or not at all, mode 0600. Raises KeyExistsError."""
        write_private(path, self.content())

    def content(self) -> bytes:
        """The file, secret and all."""
        return f"ndsc registry pepper\nkey: {encode(self.secret)}\n".encode()

    def seal(self, token: bytes) -> bytes:
        """What is stored for a token."""
        return hmac.digest(self.secret, token, hashlib.sha256)

    @property
    def check(self) -> bytes:
        """32 bytes that tell this pepper from any other and give nothing away; no token has 36 bytes."""
        return self.seal(_CHECK)
