"""Proof of possession (RFC 9449, DPoP): whoever shows an officer's token shows too that they hold the key it names.

A token alone opens nothing: a node that was shown one cannot show it to another part, since it has no such key. A proof
is for one method and one path of one part, and for one token; what was proven to one node says nothing to another.

Two things differ from RFC 9449. ``htu`` names the part instead of its address (``urn:ndsc:node:kent/v1/search``): where
a part listens changes, and a proof must not be good wherever a name leads. And a proof may be shown again while it
lasts: a second use reaches the same route of the same part, which has the token and could do as much by itself.
"""

from __future__ import annotations

import threading
import time
import uuid
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, Protocol
from urllib.parse import unquote

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, StringConstraints, ValidationError

from ndsc.model.base import Model
from ndsc.trust.errors import BadKeyError
from ndsc.trust.grounds import Digest
from ndsc.trust.keys import SigningKey, VerifyKey
from ndsc.trust.tokens import CLOCK_SKEW_SECONDS, MAX_TOKEN_BYTES, SHAPE, Name, refused

PROOF_SECONDS = 60
"""How long after it was made a proof is accepted."""
_SHOWN_SECONDS = 30.0
"""How long the one who made a proof goes on showing it: a signature costs more than the rest of a short request."""
_MOST_KEPT = 1_024
_TYPE = "dpop+jwt"


class _Claims(Model):
    """What is proven (RFC 9449 section 4.2)."""

    jti: Name
    htm: Annotated[str, StringConstraints(max_length=16)]
    htu: Annotated[str, StringConstraints(max_length=300)]
    ath: Digest
    iat: Annotated[int, Field(strict=True)]


def target(part: str, path: str) -> str:
    """What ``htu`` says of a path at a part, such as ``gateway`` or ``node:kent``: no query, and no address."""
    return f"urn:ndsc:{part}{unquote(path.partition('?')[0])}"


def prove(key: SigningKey, token: str, method: str, uri: str, now: datetime | None = None) -> str:
    """A proof by ``key`` that it shows ``token`` with a ``method`` request for ``uri`` (see :func:`target`)."""
    claims = {
        "jti": uuid.uuid4().hex,
        "htm": method,
        "htu": uri,
        "ath": _hash(token),
        "iat": int((now or datetime.now(UTC)).timestamp()),
    }
    return jwt.encode(claims, key.private_key, algorithm="EdDSA", headers={"typ": _TYPE, "jwk": key.public.jwk()})


def check(proof: str, token: str, method: str, uri: str, holders: Collection[str], now: datetime | None = None) -> None:
    """Raises ``UnauthenticatedError`` unless a key of ``holders`` (thumbprints, RFC 7638) proves just that, lately."""
    if len(proof) > MAX_TOKEN_BYTES or not SHAPE.fullmatch(proof):
        raise refused()
    try:
        holder, claims = _signed(proof)
    except (jwt.PyJWTError, BadKeyError, ValidationError, ValueError, TypeError, RecursionError):
        raise refused() from None
    moment = (now or datetime.now(UTC)).timestamp()
    lately = claims.iat - CLOCK_SKEW_SECONDS <= moment < claims.iat + PROOF_SECONDS
    if not lately or holder not in holders or (claims.htm, claims.htu, claims.ath) != (method, uri, _hash(token)):
        raise refused()


class Proving(Protocol):
    """Who can prove that it may show a token."""

    def proof(self, token: str, method: str, uri: str) -> str:
        """A proof that is good now, as :func:`prove` makes it."""


class Prover:
    """Makes proofs by one key; the one for the same token and target again for half of its life."""

    def __init__(self, key: SigningKey, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._key = key
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], tuple[float, str]] = OrderedDict()

    @property
    def holder(self) -> str:
        """The thumbprint by which a token names this key."""
        return self._key.public.thumbprint()

    def proof(self, token: str, method: str, uri: str) -> str:
        """A proof that is good now."""
        wanted = token, method, uri
        with self._lock:
            until, kept = self._kept.get(wanted, (0.0, ""))
            if not kept or self._clock() >= until:
                kept = prove(self._key, token, method, uri)
                self._kept[wanted] = self._clock() + _SHOWN_SECONDS, kept
                self._kept.move_to_end(wanted)
                if len(self._kept) > _MOST_KEPT:
                    self._kept.popitem(last=False)
            return kept


@lru_cache(maxsize=512)
def _signed(proof: str) -> tuple[str, _Claims]:
    """The signer's thumbprint and the claims, if the signature is good: a pure question, so its answer is kept."""
    header = jwt.get_unverified_header(proof)
    jwk = header.get("jwk")
    if header.get("typ") != _TYPE or not isinstance(jwk, dict):
        raise ValueError("no proof by a key")
    key = VerifyKey.from_jwk(jwk)
    payload: dict[str, Any] = jwt.decode(
        proof,
        Ed25519PublicKey.from_public_bytes(key.raw),
        algorithms=["EdDSA"],
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
    )
    claims = _Claims.model_validate({name: payload[name] for name in _Claims.model_fields if name in payload})
    return key.thumbprint(), claims


@lru_cache(maxsize=512)
def _hash(token: str) -> str:
    return urlsafe_b64encode(sha256(token.encode()).digest()).rstrip(b"=").decode("ascii")
