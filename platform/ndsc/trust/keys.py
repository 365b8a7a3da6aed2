"""Ed25519 keys (RFC 8032): named by their thumbprint, kept in files that only their owner can read.

A key is made only when somebody says so (:meth:`KeyDirectory.make`): a service that quietly made itself a new key when
the old one was mislaid would turn a lost file into a lost index or an agreement that nobody can verify.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ndsc.trust.errors import BadKeyError, BadSignatureError, KeyExistsError, KeyMissingError, UnsafeKeyFileError

KID_LENGTH = 16
"""Characters of the thumbprint used as key id: 96 bits, short enough to read out."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_MAX_KEY_FILE = 4096
_PRIME = 2**255 - 19
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _PRIME - 1,
        2707385501144840649318225287225658788936804267575313519463743609750303402022,
        55188659117513257062467267217118295137698188065244968500265048394206261417927,
    }
)
"""The y coordinates of the eight points of small order: under such a key one signature fits any message (RFC 8032
section 5.1.7 verifies with the cofactor)."""


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """The public half: 32 bytes (RFC 8032 section 5.1.2)."""

    raw: bytes
    kid: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.raw) != 32:
            raise BadKeyError("An Ed25519 public key is 32 bytes.")
        if (int.from_bytes(self.raw, "little") & (2**255 - 1)) % _PRIME in _SMALL_ORDER_Y:
            raise BadKeyError("This public key is a point of small order: any message would verify.")
        object.__setattr__(self, "kid", self.thumbprint()[:KID_LENGTH])

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raises :class:`BadSignatureError` unless ``signature`` is this key's over ``data``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, data)
        except InvalidSignature:
            raise BadSignatureError("The signature does not fit the data and the key.") from None

    def jwk(self) -> dict[str, str]:
        """The key as a JSON Web Key (RFC 8037 section 2), its id included."""
        return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(self.raw), "kid": self.kid}

    def thumbprint(self) -> str:
        """RFC 7638 with SHA-256, over the members that RFC 8037 section 2 requires."""
        members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(self.raw)}
        return _base64url(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> VerifyKey:
        """Read a public JWK. Raises :class:`BadKeyError`, also for a private key or a ``kid`` that is not its own."""
        if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
            raise BadKeyError('A key has "kty": "OKP" and "crv": "Ed25519" (RFC 8037).')
        if "d" in jwk:
            raise BadKeyError('The key holds its private part ("d"): give the public key, and replace this one.')
        key = cls(_from_base64url(jwk.get("x")))
        if jwk.get("kid", key.kid) != key.kid:
            raise BadKeyError(f'The key\'s "kid" is not its thumbprint: expected {key.kid!r}.')
        return key


class SigningKey:
    """The private half. Never printed, never pickled: ``repr`` gives the key id."""

    __slots__ = ("__dict__", "_private")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key from the system's random source."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """The key of a 32-byte seed (RFC 8032 section 5.1.5): for published vectors."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def load(cls, path: Path) -> SigningKey:
        """Read PKCS#8 PEM. Raises KeyMissingError, UnsafeKeyFileError (others can read it) or BadKeyError."""
        return cls.from_pem(read_private(path), path.name)

    @classmethod
    def from_pem(cls, pem: bytes, name: str = "It") -> SigningKey:
        """The key of PKCS#8 PEM, that an error calls ``name``. Raises BadKeyError."""
        try:
            private = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BadKeyError(f"{name} is not an unencrypted PKCS#8 private key in PEM.") from None
        if not isinstance(private, Ed25519PrivateKey):
            raise BadKeyError(f"{name} holds a key of another kind than Ed25519.")
        return cls(private)

    def save(self, path: Path) -> None:
        """Write PKCS#8 PEM, mode 0600, all or nothing. Raises KeyExistsError: a key is never overwritten."""
        pem = self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(path, pem)

    @cached_property
    def public(self) -> VerifyKey:
        """The public half."""
        raw = self._private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return VerifyKey(raw)

    @property
    def kid(self) -> str:
        """The key id: the first 16 characters of the RFC 7638 thumbprint."""
        return self.public.kid

    @property
    def private_key(self) -> Ed25519PrivateKey:
        """For libraries that sign themselves, such as PyJWT."""
        return self._private

    def sign(self, data: bytes) -> bytes:
        """A 64-byte signature (RFC 8032 section 5.1.6), the same for the same data."""
        return self._private.sign(data)

    def __repr__(self) -> str:
        return f"SigningKey({self.kid})"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a signing key is not pickled: save it to a file")


class KeyDirectory:
    """Named signing keys in one folder that only its owner can enter."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, name: str) -> SigningKey:
        """The key of that name. Raises KeyMissingError, never makes one."""
        return SigningKey.load(self._file(name))

    def make(self, name: str) -> SigningKey:
        """Make and keep a new key. Raises KeyExistsError when the name is taken."""
        key = SigningKey.generate()
        key.save(self._file(name))
        return key

    def names(self) -> list[str]:
        """The names of the keys kept here, in order."""
        return sorted(file.stem for file in self._path.glob("*.pem")) if self._path.is_dir() else []

    def public_keys(self) -> dict[str, VerifyKey]:
        """Every kept key's public half, by key id."""
        keys = [self.get(name).public for name in self.names()]
        return {key.kid: key for key in keys}

    def _file(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise BadKeyError("A key's name is lower-case letters, digits and hyphens, 63 at most.")
        return self._path / f"{name}.pem"


def write_private(path: Path, content: bytes) -> None:
    """Write a secret so that it is there whole with mode 0600, or not at all; never over an existing file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = path.parent.stat()
    if folder.st_uid != os.geteuid() or folder.st_mode & _OTHERS_WRITE:
        raise UnsafeKeyFileError(f"Others can change the folder of {path.name}.", hint="Try: chmod 700 on that folder.")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)  # a link fails where a rename would overwrite
        flush_folder(path.parent)  # a key that a power cut takes away may be the key of a whole index
    except FileExistsError:
        raise KeyExistsError(f"{path.name} exists already.", hint="Keys are not overwritten: name another.") from None
    finally:
        draft.unlink()


def flush_folder(folder: Path) -> None:
    """Have a power cut leave the names of the files in it: their content was flushed before. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_private(path: Path, *, mounted: bool = False) -> bytes:
    """A secret written by :func:`write_private`. Raises KeyMissingError or UnsafeKeyFileError.

    One that a cluster has ``mounted`` is its group's to read too: that is how Kubernetes gives a pod's user a Secret.
    """
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        raise KeyMissingError(f"There is no key {path.stem!r} in this folder.") from None
    except OSError as error:
        raise BadKeyError(f"{path.name} cannot be opened: {error.strerror}.") from None
    with os.fdopen(handle, "rb") as file:
        if os.fstat(file.fileno()).st_mode & (
            _OTHERS & ~stat.S_IRGRP if mounted else _OTHERS
        ):  # of the open file: the name may change hands meanwhile
            raise UnsafeKeyFileError(
                f"{path.name} can be read by others than its owner.", hint="Try: chmod 600 on it, then replace the key."
            )
        return file.read(_MAX_KEY_FILE)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _from_base64url(text: object) -> bytes:
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]{43}", text, re.ASCII):
        raise BadKeyError('A key\'s "x" is 43 characters of base64url.')
    try:
        raw = base64.urlsafe_b64decode(text + "=")
    except binascii.Error:
        raise BadKeyError('A key\'s "x" is not base64url.') from None
    if _base64url(raw) != text:
        raise BadKeyError('A key\'s "x" has stray bits after its last byte.')
    return raw


SMALL_ORDER = tuple(
    _base64url((y + wrap | sign << 255).to_bytes(32, "little"))
    for y in sorted(_SMALL_ORDER_Y)
    for wrap in (0, _PRIME)
    for sign in (0, 1)
    if y + wrap < 2**255
)
"""Every "x" that spells a point of small order: with either sign, and the coordinates that wrap around the prime."""
