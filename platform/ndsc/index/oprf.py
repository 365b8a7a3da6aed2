"""The oblivious pseudorandom function that makes tokens: RFC 9497, mode 0 (OPRF), suite ristretto255-SHA512.

The client blinds its input with a random scalar, the evaluator multiplies by its key, the client takes the blind away
and hashes. The evaluator has seen random elements; the client never sees the key; equal inputs give equal tokens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from ndsc.errors import InvalidInputError
from ndsc.index.errors import ElementError
from ndsc.index.group import Group, Ristretto255

_CONTEXT = b"OPRFV1-\x00-ristretto255-SHA512"  # section 3.1: mode 0
_TO_GROUP = b"HashToGroup-" + _CONTEXT
_DERIVE = b"DeriveKeyPair" + _CONTEXT
_LONGEST = 0xFFFF

TOKEN_BYTES = 32
"""A token is the first half of the function's 64 bytes: 256 bits meet by chance no sooner than those of the input."""

GROUP: Group = Ristretto255()


class Blinded(NamedTuple):
    """What the client keeps (``blind``) and what it sends (``element``)."""

    blind: bytes
    element: bytes


def blind(data: bytes, scalar: bytes | None = None) -> Blinded:
    """Blind an input (section 3.3.1). ``scalar`` is for published vectors; without it a fresh random one is drawn.

    Raises ``InvalidInputError`` for an input over 65,535 bytes.
    """
    if len(data) > _LONGEST:
        raise InvalidInputError("An index key has at most 65,535 bytes.")
    secret = GROUP.random_scalar() if scalar is None else scalar
    return Blinded(secret, GROUP.multiply(secret, GROUP.hash_to_group(data, _TO_GROUP)))


def evaluate(key: bytes, element: bytes) -> bytes:
    """The evaluator's part. Raises ``ElementError`` for what is no element of the group, and for the identity."""
    return GROUP.multiply(key, element)


def finalize(data: bytes, scalar: bytes, evaluated: bytes) -> bytes:
    """Take the blind away and hash: 64 bytes. Raises ``ElementError`` when the evaluator sent no element."""
    return finalize_all([data], [scalar], [evaluated])[0]


def finalize_all(inputs: Sequence[bytes], scalars: Sequence[bytes], evaluated: Sequence[bytes]) -> list[bytes]:
    """Many at once, which shares one inversion of scalars among them."""
    return [
        _output(data, GROUP.multiply(inverse, element))
        for data, inverse, element in zip(inputs, GROUP.invert_all(scalars), evaluated, strict=True)
    ]


def evaluate_directly(key: bytes, data: bytes) -> bytes:
    """The whole function for who holds key and input both (section 3.3.1, ``Evaluate``): tests and measurements."""
    return _output(data, GROUP.multiply(key, GROUP.hash_to_group(data, _TO_GROUP)))


def token(output: bytes) -> bytes:
    """The index token of a function's output."""
    return output[:TOKEN_BYTES]


def derive_key(seed: bytes, info: bytes) -> bytes:
    """``DeriveKeyPair``'s private key (section 3.2.1) from 32 bytes of seed and a public info."""
    if len(seed) != 32 or len(info) > _LONGEST:
        raise InvalidInputError("A key is derived from a seed of 32 bytes and an info of at most 65,535.")
    message = seed + len(info).to_bytes(2, "big") + info
    for counter in range(256):
        key = GROUP.hash_to_scalar(message + bytes([counter]), _DERIVE)
        if any(key):
            return key
    raise ElementError("No key can be derived from this seed.")  # a chance of 2 ** -64,000


def public_key(key: bytes) -> bytes:
    """The element that names a private key without giving it away."""
    return GROUP.multiply_generator(key)


def _output(data: bytes, element: bytes) -> bytes:
    framed = len(data).to_bytes(2, "big") + data + len(element).to_bytes(2, "big") + element
    return hashlib.sha512(framed + b"Finalize").digest()
