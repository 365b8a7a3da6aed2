"""ristretto255 (RFC 9496) behind a small interface, so that another library can take libsodium's place."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

import rbcl

from ndsc.index.errors import ElementError

SIZE = 32
_WIDE = 64


class Group(Protocol):
    """A group of prime order: elements and scalars are 32 bytes in their canonical form."""

    def hash_to_group(self, message: bytes, domain: bytes) -> bytes:
        """The element of a message, RFC 9497 section 4.1."""

    def hash_to_scalar(self, message: bytes, domain: bytes) -> bytes:
        """The scalar of a message, RFC 9497 section 4.1."""

    def random_scalar(self) -> bytes:
        """A uniform scalar, never zero."""

    def multiply(self, scalar: bytes, element: bytes) -> bytes:
        """``scalar * element``. Raises ElementError for a form that is not canonical, the identity, and zero."""

    def multiply_generator(self, scalar: bytes) -> bytes:
        """``scalar * generator``. Raises ElementError for zero."""

    def invert_all(self, scalars: Sequence[bytes]) -> list[bytes]:
        """The inverse of each. Raises ElementError when one of them is zero."""


class Ristretto255:
    """libsodium's implementation, in constant time, by the ``rbcl`` wheel."""

    def hash_to_group(self, message: bytes, domain: bytes) -> bytes:
        return rbcl.crypto_core_ristretto255_from_hash(expand_message(message, domain, _WIDE))  # type: ignore[no-any-return]

    def hash_to_scalar(self, message: bytes, domain: bytes) -> bytes:
        return rbcl.crypto_core_ristretto255_scalar_reduce(expand_message(message, domain, _WIDE))  # type: ignore[no-any-return]

    def random_scalar(self) -> bytes:
        return rbcl.crypto_core_ristretto255_scalar_random()  # type: ignore[no-any-return]

    def multiply(self, scalar: bytes, element: bytes) -> bytes:
        if len(scalar) != SIZE or len(element) != SIZE:
            raise ElementError("Elements and scalars have 32 bytes.")
        try:
            return rbcl.crypto_scalarmult_ristretto255(scalar, element)  # type: ignore[no-any-return]
        except RuntimeError:
            raise ElementError("This is not an element of ristretto255, or it is the identity.") from None

    def multiply_generator(self, scalar: bytes) -> bytes:
        try:
            return rbcl.crypto_scalarmult_ristretto255_base(scalar)  # type: ignore[no-any-return]
        except (RuntimeError, ValueError):
            raise ElementError("The scalar is zero.") from None

    def invert_all(self, scalars: Sequence[bytes]) -> list[bytes]:
        """Montgomery's trick: one inversion for all, and three multiplications each."""
        running: list[bytes] = []
        product = (1).to_bytes(SIZE, "little")
        for scalar in scalars:
            running.append(product)
            product = rbcl.crypto_core_ristretto255_scalar_mul(product, scalar)
        if not any(product):
            raise ElementError("Zero has no inverse.")
        inverse = rbcl.crypto_core_ristretto255_scalar_invert(product)
        inverses = []
        for scalar, before in zip(reversed(scalars), reversed(running), strict=True):
            inverses.append(rbcl.crypto_core_ristretto255_scalar_mul(inverse, before))
            inverse = rbcl.crypto_core_ristretto255_scalar_mul(inverse, scalar)
        return inverses[::-1]


def expand_message(message: bytes, domain: bytes, length: int) -> bytes:
    """``expand_message_xmd`` with SHA-512, RFC 9380 section 5.3.1."""
    blocks = -(-length // 64)
    if blocks > 255 or length > 0xFFFF or len(domain) > 255:
        raise ValueError("RFC 9380 section 5.3.1 allows 255 blocks and a domain of 255 bytes")
    suffix = domain + bytes([len(domain)])
    first = hashlib.sha512(bytes(128) + message + length.to_bytes(2, "big") + b"\0" + suffix).digest()
    block, out = bytes(64), b""
    for number in range(1, blocks + 1):
        mixed = bytes(a ^ b for a, b in zip(first, block, strict=True)) if number > 1 else first
        block = hashlib.sha512(mixed + bytes([number]) + suffix).digest()
        out += block
    return out[:length]
