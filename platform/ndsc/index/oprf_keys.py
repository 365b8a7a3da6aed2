"""The evaluator's keys: one for each epoch, made only when somebody says so, in files that only their owner can read.

Two epochs live side by side while every force's index is built anew under the later one.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from ndsc.index.encoding import decode, encode
from ndsc.index.errors import EpochUnknownError
from ndsc.index.oprf import derive_key, evaluate, public_key
from ndsc.trust.errors import BadKeyError
from ndsc.trust.keys import read_private, write_private

_TEXT = re.compile(rb"ndsc oprf key\nepoch: ([1-9][0-9]{0,8})\nkey: ([A-Za-z0-9_-]{43})\n", re.ASCII)
_INFO = b"ndsc.police.uk/index/epoch/"


@dataclass(frozen=True, slots=True)
class OprfKey:
    """The key of one epoch. Its ``repr`` leaves the secret out."""

    epoch: int
    secret: bytes = field(repr=False)

    @classmethod
    def generate(cls, epoch: int) -> OprfKey:
        """A new key from the system's random source."""
        return cls.from_seed(epoch, secrets.token_bytes(32))

    @classmethod
    def from_seed(cls, epoch: int, seed: bytes) -> OprfKey:
        """The key that RFC 9497's DeriveKeyPair makes of a seed, bound to its epoch."""
        return cls(epoch, derive_key(seed, _INFO + str(epoch).encode()))

    @classmethod
    def load(cls, path: Path, *, mounted: bool = False) -> OprfKey:
        """Read a key. Raises KeyMissingError, UnsafeKeyFileError or BadKeyError; never makes one."""
        match = _TEXT.fullmatch(read_private(path, mounted=mounted))
        if match is None:
            raise BadKeyError(f"{path.name} is not an index key file.")
        return cls(int(match[1]), decode(match[2].decode()))

    def save(self, path: Path) -> None:
        """Write it whole or not at all, mode 0600. Raises KeyExistsError: a lost key is a lost index."""
        write_private(path, self.content())

    def content(self) -> bytes:
        """The key file, secret and all."""
        return f"ndsc oprf key\nepoch: {self.epoch}\nkey: {encode(self.secret)}\n".encode()

    @property
    def public(self) -> bytes:
        """32 bytes that tell this key from any other and give nothing away."""
        return public_key(self.secret)

    def evaluate(self, element: bytes) -> bytes:
        """The evaluator's part of the function. Raises ``ElementError``."""
        return evaluate(self.secret, element)


class OprfKeys:
    """The keys in one folder, ``epoch-1.key`` and so on; the highest epoch is the present one.

    A ``mounted`` one is a Secret of a cluster (see ``ndsc.trust.keys.read_private``).
    """

    def __init__(self, folder: Path, *, mounted: bool = False) -> None:
        self._folder = folder
        self._mounted = mounted

    def make(self, epoch: int) -> OprfKey:
        """Make and keep the key of a new epoch."""
        key = OprfKey.generate(epoch)
        key.save(self._folder / f"epoch-{epoch}.key")
        return key

    def load(self) -> dict[int, OprfKey]:
        """Every key by its epoch. Raises EpochUnknownError when there is none."""
        keys = [OprfKey.load(path, mounted=self._mounted) for path in sorted(self._folder.glob("epoch-*.key"))]
        if not keys:
            raise EpochUnknownError("No index key was made.", hint="Make the key of epoch 1 first.")
        return {key.epoch: key for key in keys}
