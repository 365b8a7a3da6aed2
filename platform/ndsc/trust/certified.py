"""Trust by certificate: a service's token brings the X.509 leaf of the key that signed it, as ``x5c`` (RFC 7515 4.1.6).

Whoever holds the authorities' certificates knows by it which service, and which force, a token speaks for: nobody keeps
a list of keys, and a leaf that is replaced is believed at once. A leaf is issued by an authority itself: there are no
certificates between. RFC 5280 is checked by hand as far as this profile goes, since the verifier of ``cryptography``
keeps to the web's profile, which has no Ed25519.
"""

from __future__ import annotations

import base64
import binascii
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import ExtensionOID, SignatureAlgorithmOID

from ndsc.errors import NdscError
from ndsc.trust.errors import BadCertificateError
from ndsc.trust.keys import SigningKey, VerifyKey
from ndsc.trust.tokens import KeyBinding, service_tokens

TRUST_DOMAIN = "ndsc.police.uk"
"""Host of the SPIFFE ids (SPIFFE-ID, section 2.1)."""
MOST_AUTHORITIES = 8
MAX_LEAF_BYTES = 4 * 1024
_MAX_PEM_BYTES = 64 * 1024
_REMEMBERED = 512

_WORD = r"[a-z][a-z0-9-]{0,62}"
_SPIFFE = re.compile(rf"spiffe://{re.escape(TRUST_DOMAIN)}/(?:platform|force/({_WORD}))/({_WORD})", re.ASCII)
_JUDGED = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)
"""What a leaf may mark critical: of anything else nobody here knows what it means (RFC 5280 section 4.2)."""
_SIGNATURES = frozenset(
    {
        SignatureAlgorithmOID.ED25519,
        SignatureAlgorithmOID.ECDSA_WITH_SHA256,
        SignatureAlgorithmOID.ECDSA_WITH_SHA384,
        SignatureAlgorithmOID.RSA_WITH_SHA256,
        SignatureAlgorithmOID.RSA_WITH_SHA384,
        SignatureAlgorithmOID.RSA_WITH_SHA512,
    }
)
"""How an authority may sign: another one than the platform's own may be set up to issue the leafs."""


class Speaker(NamedTuple):
    """For whom a leaf speaks."""

    service: str
    force: str | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part's own certificate with its key, as mounted."""

    certificate: x509.Certificate
    key: SigningKey
    speaker: Speaker

    @classmethod
    def read(cls, certificate: bytes, key: bytes) -> Leaf:
        """Read ``tls.crt`` (the leaf comes first) and ``tls.key``. Raises :class:`BadCertificateError`."""
        leaf, *_ = _certificates(certificate)
        try:
            signing = SigningKey.from_pem(key)
            binding = _binding(leaf)
        except NdscError as error:
            raise BadCertificateError(error.message) from None
        if signing.public != binding.key:
            raise BadCertificateError("The private key is not the certificate's.")
        assert binding.service is not None
        return cls(leaf, signing, Speaker(binding.service, binding.force))

    @property
    def der(self) -> bytes:
        """The certificate as tokens carry it."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def ends(self) -> datetime:
        """The last moment at which it is believed."""
        return self.certificate.not_valid_after_utc


class Authorities:
    """Whom to believe by certificate: the authorities of a ``ca.crt``; a ``Trusted`` for services' tokens.

    While one authority follows another there are two. What was verified of a leaf is remembered, of few leafs; whether
    it is in date is asked each time.
    """

    def __init__(self, bundle: bytes) -> None:
        """``bundle`` is PEM. Raises :class:`BadCertificateError`."""
        self.pem = bundle
        found = _certificates(bundle)
        if len(found) > MOST_AUTHORITIES:
            raise BadCertificateError(f"There are more than {MOST_AUTHORITIES} authorities.")
        for authority in found:
            _check_authority(authority)
        self._all = tuple(found)
        self._verified = lru_cache(maxsize=_REMEMBERED)(self._verify)

    def signer(self, header: Mapping[str, Any], moment: datetime) -> KeyBinding | None:
        """The key that a token with this header is signed by, and whom it speaks for; ``None`` if it is not believed.

        Raises :class:`BadCertificateError`.
        """
        chain = header.get("x5c")
        if not isinstance(chain, list) or len(chain) != 1:
            return None
        return self.binding(_der(chain[0]), moment)

    def binding(self, der: bytes, moment: datetime) -> KeyBinding:
        """Whom a leaf speaks for at that moment. Raises :class:`BadCertificateError`."""
        leaf, authority, binding = self._verified(der)
        for certificate in (leaf, authority):
            if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
                raise BadCertificateError("The certificate is not in date.")
        return binding

    def _verify(self, der: bytes) -> tuple[x509.Certificate, x509.Certificate, KeyBinding]:
        leaf = _read(der)
        issuers = [authority for authority in self._all if _issued(leaf, authority)]
        if not issuers:
            raise BadCertificateError("The certificate is of no authority that is known here.")
        return leaf, max(issuers, key=lambda authority: authority.not_valid_after_utc), _binding(leaf)


def certified_tokens(leaf: Callable[[], Leaf], audience: str) -> Callable[[], str]:
    """A source of service tokens, as :func:`service_tokens`, by the leaf that is held when each is asked for."""
    lock = threading.Lock()
    held: Leaf | None = None
    source: Callable[[], str] | None = None

    def shown() -> str:
        nonlocal held, source
        with lock:
            now = leaf()
            if source is None or now is not held:
                service, force = now.speaker
                held, source = now, service_tokens(now.key, service, force, audience, certificate=now.der)
            return source()

    return shown


def _der(text: object) -> bytes:
    if not isinstance(text, str) or len(text) > MAX_LEAF_BYTES * 2:
        raise BadCertificateError("A certificate is base64 of few kilobytes.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadCertificateError("A certificate is base64.") from None


def _read(der: bytes) -> x509.Certificate:
    if len(der) > MAX_LEAF_BYTES:
        raise BadCertificateError("The certificate is too large.")
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        raise BadCertificateError("It is no certificate.") from None


def _certificates(pem: bytes) -> list[x509.Certificate]:
    if len(pem) > _MAX_PEM_BYTES:
        raise BadCertificateError("The certificates are too large.")
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise BadCertificateError("It is no certificate in PEM.") from None


def _issued(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    if leaf.signature_algorithm_oid not in _SIGNATURES:
        return False
    try:
        leaf.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_authority(certificate: x509.Certificate) -> None:
    try:
        limits = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        raise BadCertificateError("An authority's certificate says what it is for.") from None
    if not limits.ca or not usage.key_cert_sign:
        raise BadCertificateError("The certificate is no authority's.")


def _binding(leaf: x509.Certificate) -> KeyBinding:
    """Whose key the leaf's is: all that does not hang on who issued it, or when."""
    try:
        extensions = leaf.extensions
        public = leaf.public_key()
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension):
        raise BadCertificateError("The certificate cannot be read.") from None
    _check_uses(extensions)
    if not isinstance(public, Ed25519PublicKey):
        raise BadCertificateError("The certificate is for a key of another kind than Ed25519.")
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    speaker = _speaker(extensions)
    return KeyBinding(VerifyKey(raw), speaker.service, speaker.force, frozenset({speaker.force}))


def _check_uses(extensions: x509.Extensions) -> None:
    for extension in extensions:
        if extension.critical and extension.oid not in _JUDGED:
            raise BadCertificateError("The certificate has a condition that is not known here.")
        if isinstance(extension.value, x509.BasicConstraints) and extension.value.ca:
            raise BadCertificateError("An authority's certificate is nobody's leaf.")
        if isinstance(extension.value, x509.KeyUsage) and not extension.value.digital_signature:
            raise BadCertificateError("The certificate is not for signing.")


def _speaker(extensions: x509.Extensions) -> Speaker:
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise BadCertificateError("The certificate names nobody.") from None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    match = _SPIFFE.fullmatch(uris[0]) if len(uris) == 1 else None
    if match is None:
        raise BadCertificateError("The certificate has not one SPIFFE id of the platform.")
    return Speaker(service=match[2], force=match[1])
