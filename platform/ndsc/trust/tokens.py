"""EdDSA JSON Web Tokens (RFC 7519, RFC 8037): one kind for officers, one for services, never mistaken for each other.

A refused token gets one sentence whatever was wrong with it: detail would only help whoever is forging one. The two
kinds carry their own ``typ`` (RFC 8725 section 3.11), so that a service's token cannot be played as an officer's.
"""

from __future__ import annotations

import re
import threading
import time
import uuid
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Protocol, TypeVar

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, StringConstraints, ValidationError

from ndsc.errors import NdscError, UnauthenticatedError
from ndsc.model.base import ForceId, Model
from ndsc.trust.grounds import Digest, Grounds, Stated
from ndsc.trust.keys import SigningKey, VerifyKey

OFFICER_AUDIENCE = "ndsc"
OFFICER_SECONDS = 300
"""How long an officer's token lasts: it is for one ground, and longer than any search."""
MAX_TOKEN_BYTES = 8 * 1024
CLOCK_SKEW_SECONDS = 30
"""How far two machines' clocks may differ: a token is not refused for being this much too young."""

SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]", re.ASCII)
"""Three parts, the last a 64-byte signature in its one spelling: base64 readers pass over stray bits and characters."""
_OFFICER = "ndsc-officer+jwt"
_SERVICE = "ndsc-service+jwt"

Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]


class Confirmation(Model):
    """The key that whoever shows the token has to hold (RFC 7800), by its thumbprint (RFC 9449 section 6.1)."""

    jkt: Digest


class Actor(Model):
    """Who else may show the token, on the officer's behalf (RFC 8693 section 4.4)."""

    sub: Word
    cnf: Confirmation


class Officer(Model):
    """Who asks. ``clearance`` counts none 0, bpss 1, ctc 2, sc 3, dv 4."""

    sub: Name
    name: Name
    force: ForceId
    roles: Annotated[tuple[Word, ...], Field(max_length=32)]
    clearance: Annotated[int, Field(ge=0, le=4)]


class OfficerClaims(Officer):
    """Who asks, for what, and by which keys; times are seconds since 1970.

    ``cnf`` is the key of the officer's own client. ``may_act`` is the gateway, which passes the token on to nodes.
    """

    cnf: Confirmation
    may_act: Actor | None = None
    authorization_details: Annotated[tuple[Stated, ...], Field(min_length=1, max_length=1)]
    iat: int
    exp: int
    jti: Name


class ServiceClaims(Model):
    """Which part of the platform calls, and for which force it stands (none for the national parts)."""

    service: Word
    force: ForceId | None
    iat: int
    exp: int
    jti: Name


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """A trusted key that may speak only for one force, or one service: what keeps one node from posing as another.

    What is ``None`` may be any.
    """

    key: VerifyKey
    service: str | None = None
    force: str | None = None
    forces: frozenset[str | None] | None = None
    """The forces that it may speak for, where several share an identity provider; ``None`` among them is no force."""

    def speaks_for(self, force: str | None) -> bool:
        """Whether it may sign what is said in that force's name; none where no force is named."""
        return self.force in (None, force) and (self.forces is None or force in self.forces)


class Signers(Protocol):
    """Whom a verifier believes, where it is no list of keys."""

    def signer(self, header: Mapping[str, Any], moment: datetime) -> KeyBinding | None:
        """The key behind a token with this header, if it is believed then. Else ``None``, or an ``NdscError``."""


Keys = Mapping[str, VerifyKey] | Mapping[str, KeyBinding] | Mapping[str, VerifyKey | KeyBinding]
"""Keys by key id."""
Trusted = Keys | Signers
"""Whom a verifier believes."""

_Claims = TypeVar("_Claims", OfficerClaims, ServiceClaims)


def issue_officer(
    key: SigningKey,
    officer: Officer,
    *,
    grounds: Grounds,
    holder: str,
    gateway: str | None = None,
    ttl: int = OFFICER_SECONDS,
    now: datetime | None = None,
) -> str:
    """A signed token for one officer, good for ``ttl`` seconds. Raises pydantic's error for claims out of bounds.

    ``holder`` and ``gateway`` are the thumbprints of the keys that may show it: the client's, and who passes it on.
    """
    claims = OfficerClaims(
        **officer.model_dump(),
        cnf=Confirmation(jkt=holder),
        may_act=Actor(sub="gateway", cnf=Confirmation(jkt=gateway)) if gateway else None,
        authorization_details=(Stated.of(grounds),),
        **_fresh(ttl, now),
    )
    return _encode(key, claims, audience=OFFICER_AUDIENCE, kind=_OFFICER)


def verify_officer(token: str, trusted: Trusted, now: datetime | None = None) -> OfficerClaims:
    """The claims of a good token. Raises :class:`UnauthenticatedError`, and never says which part was wrong."""
    claims, binding = _verify(token, trusted, OFFICER_AUDIENCE, _OFFICER, OfficerClaims, now)
    if binding.service is not None or not binding.speaks_for(claims.force):
        raise refused()
    return claims


def issue_service(
    key: SigningKey,
    service: str,
    force: str | None,
    audience: str,
    ttl: int = 300,
    now: datetime | None = None,
    *,
    certificate: bytes | None = None,
) -> str:
    """A signed token for one service to show to ``audience`` (another service's name), good for ``ttl`` seconds.

    It brings the key's X.509 ``certificate`` (DER), where there is one (RFC 7515 section 4.1.6).
    """
    claims = ServiceClaims(service=service, force=force, **_fresh(ttl, now))
    chain = {"x5c": [b64encode(certificate).decode("ascii")]} if certificate else {}
    return _encode(key, claims, audience=audience, kind=_SERVICE, header=chain)


def verify_service(token: str, trusted: Trusted, audience: str, now: datetime | None = None) -> ServiceClaims:
    """The claims of a good token made for ``audience``. Raises :class:`UnauthenticatedError`."""
    claims, binding = _verify(token, trusted, audience, _SERVICE, ServiceClaims, now)
    if binding.service not in (None, claims.service) or not binding.speaks_for(claims.force):
        raise refused()
    return claims


def service_tokens(
    key: SigningKey,
    service: str,
    force: str | None,
    audience: str,
    ttl: int = 300,
    *,
    certificate: bytes | None = None,
) -> Callable[[], str]:
    """A source of service tokens for a client: the same one until a fifth of its life is left, then a new one."""
    lock = threading.Lock()
    held: tuple[float, str] = (0.0, "")

    def source() -> str:
        nonlocal held
        with lock:
            if time.monotonic() >= held[0]:
                token = issue_service(key, service, force, audience, ttl, certificate=certificate)
                held = (time.monotonic() + ttl * 0.8, token)
            return held[1]

    return source


def shown_token(authorization: str | None) -> str:
    """The token of an ``Authorization`` header (RFC 9449 section 7.1). Raises :class:`UnauthenticatedError`."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "dpop" or not token.strip():
        raise UnauthenticatedError(
            "This needs an officer's token, and proof of the key that it names.",
            hint="Send Authorization: DPoP with the token, and DPoP: with the proof (RFC 9449).",
        )
    return token.strip()


def _fresh(ttl: int, now: datetime | None) -> dict[str, Any]:
    issued = int((now or datetime.now(UTC)).timestamp())
    return {"iat": issued, "exp": issued + ttl, "jti": uuid.uuid4().hex}


def _encode(
    key: SigningKey, claims: Model, *, audience: str, kind: str, header: Mapping[str, Any] | None = None
) -> str:
    payload = {**claims.model_dump(mode="json"), "aud": audience}
    headers = {**(header or {}), "kid": key.kid, "typ": kind}
    return jwt.encode(payload, key.private_key, algorithm="EdDSA", headers=headers)


def _verify(
    token: str, trusted: Trusted, audience: str, kind: str, model: type[_Claims], now: datetime | None
) -> tuple[_Claims, KeyBinding]:
    if len(token) > MAX_TOKEN_BYTES or not SHAPE.fullmatch(token):
        raise refused()
    moment = now or datetime.now(UTC)
    try:
        header = _header(token)
        binding = _signer(trusted, header, moment)
        if binding is None or header.get("typ") != kind:
            raise refused()
        claims = _signed_claims(token, binding.key.raw, audience, model)
    except (jwt.PyJWTError, NdscError, ValidationError, ValueError, TypeError, RecursionError):
        raise refused() from None
    if not claims.iat - CLOCK_SKEW_SECONDS <= moment.timestamp() < claims.exp:
        raise refused()
    return claims, binding


def _signer(trusted: Trusted, header: Mapping[str, Any], moment: datetime) -> KeyBinding | None:
    if not isinstance(trusted, Mapping):
        return trusted.signer(header, moment)
    known = trusted.get(str(header.get("kid")))
    return KeyBinding(known) if isinstance(known, VerifyKey) else known


@lru_cache(maxsize=512)
def _header(token: str) -> dict[str, Any]:
    """What the token says of itself, signed or not. Raises what PyJWT raises."""
    return jwt.get_unverified_header(token)


@lru_cache(maxsize=512)
def _signed_claims(token: str, public: bytes, audience: str, model: type[_Claims]) -> _Claims:
    """The claims, if the signature is good: a pure question, so its answer is kept. Times are judged each time."""
    payload: dict[str, Any] = jwt.decode(
        token,
        Ed25519PublicKey.from_public_bytes(public),
        algorithms=["EdDSA"],
        audience=audience,
        options={"require": ["exp", "iat", "aud", "jti"], "verify_exp": False, "verify_iat": False},
    )
    return model.model_validate({name: payload[name] for name in model.model_fields if name in payload})


def refused() -> UnauthenticatedError:
    """The one sentence, whatever was wrong."""
    return UnauthenticatedError("The token is not accepted.", hint="Sign in again to get a new one.")
