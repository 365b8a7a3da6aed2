"""How authority and leafs are kept in Secrets, and when a leaf's Secret has to be written again: everything is pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509

from ndsc.resources.base import GROUP
from ndsc_operator.authority import (
    SKEW,
    BadCertificateError,
    Name,
    Pair,
    certificates,
    due_at,
    issue,
    names_of,
    pem,
    usable_authority,
    verifies,
)
from ndsc_operator.authority_rolling import Authorities, Lives
from ndsc_operator.children.common import Object

AUTHORITY = "ndsc-authority"
"""Name of the Secret with the authority, in the platform's own namespace."""
CERTIFICATE, KEY, BUNDLE = "tls.crt", "tls.key", "ca.crt"
"""Keys of a leaf's Secret, as parts read them (and cert-manager writes them)."""

_ISSUING, _FOLLOWING = ("ca.crt", "ca.key"), ("next.crt", "next.key")
_PUBLISHED, _PREVIOUS, _UNTIL = "next.published-since", "previous.crt", "previous.until"
_AT_MOST = 3  # certificates of a bundle that is read: one more than there ever are


class BadSecretError(ValueError):
    """A Secret does not hold what it should. The words name its keys, and nothing of what is under them."""


def authority_secret(held: Authorities, metadata: Object) -> Object:
    """The Secret that keeps the authority."""
    data = dict(zip(_ISSUING, (held.issuing.certificate_pem, held.issuing.key_pem), strict=True))
    if held.following is not None:
        data |= dict(zip(_FOLLOWING, (held.following.certificate_pem, held.following.key_pem), strict=True))
    if held.previous is not None:
        data[_PREVIOUS] = pem([held.previous])
    for name, moment in ((_PUBLISHED, held.published_since), (_UNTIL, held.previous_until)):
        if moment is not None:
            data[name] = moment.isoformat(timespec="microseconds").encode()
    return _secret("Opaque", metadata, data)


def read_authority(secret: Object) -> Authorities:
    """What that Secret keeps. Raises :class:`BadSecretError`."""
    data = _data(secret)
    issuing = _authority(data, *_ISSUING)
    if issuing is None:
        raise BadSecretError(f"it has no {_ISSUING[0]} and no {_ISSUING[1]}")
    return Authorities(
        issuing=issuing,
        following=_authority(data, *_FOLLOWING),
        published_since=_moment(data, _PUBLISHED),
        previous=_certificates(data, _PREVIOUS, at_most=1)[0] if _PREVIOUS in data else None,
        previous_until=_moment(data, _UNTIL),
    )


@dataclass(frozen=True, slots=True)
class Published:
    """A leaf and the bundle beside it, as a part reads them."""

    leaf: Pair
    bundle: tuple[x509.Certificate, ...]


def read_published(secret: Object) -> Published:
    """What a leaf's Secret holds. Raises :class:`BadSecretError`."""
    data = _data(secret)
    return Published(_pair(data, CERTIFICATE, KEY), _certificates(data, BUNDLE, at_most=_AT_MOST))


def leaf_secret(published: Published, metadata: Object) -> Object:
    """The Secret that a part mounts. Its annotations tell people what is in it without opening it."""
    its = published.leaf.certificate
    told = {
        f"{GROUP}/serial-number": f"{its.serial_number:x}",
        f"{GROUP}/renewed-at": (its.not_valid_before_utc + SKEW).isoformat(),
        f"{GROUP}/not-after": its.not_valid_after_utc.isoformat(),
    }
    data = {
        CERTIFICATE: published.leaf.certificate_pem,
        KEY: published.leaf.key_pem,
        BUNDLE: pem(published.bundle),
    }
    return _secret("kubernetes.io/tls", metadata | {"annotations": told}, data)


def refreshed(
    there: Object | None, name: Name, held: Authorities, lives: Lives, now: datetime
) -> tuple[Published, str]:
    """What a leaf's Secret has to hold now, and why that is not what is there; an empty reason where it is."""
    try:
        present = read_published(there) if there is not None else None
        reason = _unfit(present, name, held, lives, now) if present else "it was not there"
    except BadSecretError as error:
        present, reason = None, f"it was damaged: {error}"
    if present is None or reason:
        return Published(issue(held.issuing, name, lives.leaf, now), held.bundle), reason
    if set(present.bundle) != set(held.bundle):
        return Published(present.leaf, held.bundle), "the authorities to trust have changed"
    return present, ""


def renewed_at(published: Published) -> datetime:
    """When the leaf is to be replaced."""
    return due_at(published.leaf.certificate)


def _unfit(present: Published, name: Name, held: Authorities, lives: Lives, now: datetime) -> str:
    """Why another leaf is needed; empty where this one will do."""
    its = present.leaf.certificate
    if names_of(its) != (name.dns, (name.uri,)):
        return "it was for other names"
    if not verifies(its, held.bundle, now):
        return "nobody would believe it any more"
    if its.not_valid_after_utc > now + lives.leaf:
        return "it would live longer than is set"
    return "two thirds of its life are over" if now >= due_at(its) else ""


def _secret(type_: str, metadata: Object, data: Mapping[str, bytes]) -> Object:
    encoded = {name: base64.b64encode(value).decode() for name, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "type": type_, "metadata": metadata, "data": encoded}


def _data(secret: Object) -> dict[str, bytes]:
    try:
        return {name: base64.b64decode(value, validate=True) for name, value in (secret.get("data") or {}).items()}
    except (binascii.Error, TypeError):
        raise BadSecretError("its data is not base64") from None


def _pair(data: Mapping[str, bytes], certificate: str, key: str) -> Pair:
    missing = [name for name in (certificate, key) if name not in data]
    if missing:
        raise BadSecretError(f"it has no {' and no '.join(missing)}")
    try:
        return Pair.from_pem(data[certificate], data[key])
    except BadCertificateError as error:
        raise BadSecretError(f"{certificate}, {key}: {error}") from None


def _authority(data: Mapping[str, bytes], certificate: str, key: str) -> Pair | None:
    if certificate not in data and key not in data:
        return None
    try:
        return usable_authority(_pair(data, certificate, key))
    except BadCertificateError as error:
        raise BadSecretError(f"{certificate}: {error}") from None


def _certificates(data: Mapping[str, bytes], name: str, *, at_most: int) -> tuple[x509.Certificate, ...]:
    if name not in data:
        raise BadSecretError(f"it has no {name}")
    try:
        return certificates(data[name], at_most=at_most)
    except BadCertificateError as error:
        raise BadSecretError(f"{name}: {error}") from None


def _moment(data: Mapping[str, bytes], name: str) -> datetime | None:
    if name not in data:
        return None
    try:
        found = datetime.fromisoformat(data[name].decode())
    except ValueError:  # of which UnicodeDecodeError is one
        raise BadSecretError(f"{name} is no moment of ISO 8601") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
