"""The platform's X.509 authority and the leafs that it issues (RFC 5280): pure but for the system's random source.

Ed25519 throughout (RFC 8410). An authority is self-signed, issues leafs and no further authorities (path length 0), and
is bound by name constraints to the cluster's own names: whoever came to trust it elsewhere would trust it for no name
outside.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TRUST_DOMAIN = "ndsc.police.uk"
"""Host of the SPIFFE ids (SPIFFE-ID, section 2.1)."""
CLUSTER_DOMAINS = ("svc", "svc.cluster.local")
"""What the name of every Service ends in."""
SKEW = timedelta(minutes=5)
"""A certificate is valid this long before it was made: clocks differ."""
DUE = 2 / 3
"""The part of its life after which a certificate is replaced."""
JITTER = 0.05
"""The part of its life by which that may be sooner, so that what was issued together is not renewed together."""

_MAX_PEM_BYTES = 64 * 1024
_USES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
_EVERYWHERE = (x509.IPAddress(ipaddress.ip_network("0.0.0.0/0")), x509.IPAddress(ipaddress.ip_network("::/0")))


class BadCertificateError(ValueError):
    """What was given is no such certificate or key. The words hold nothing of what was given."""


@dataclass(frozen=True, slots=True)
class Name:
    """Whom a leaf names: the DNS names that it is called by, and its one SPIFFE id."""

    part: str
    dns: tuple[str, ...]
    uri: str


def of_platform(part: str, service: str, namespace: str) -> Name:
    """One of the platform's own parts: evaluator, registry, gateway, hub, operator."""
    return Name(part, _service_names(service, namespace), f"spiffe://{TRUST_DOMAIN}/platform/{part}")


def of_force(part: str, code: str, service: str, namespace: str) -> Name:
    """A part that stands for a force: its node, or its loader."""
    return Name(part, _service_names(service, namespace), f"spiffe://{TRUST_DOMAIN}/force/{code}/{part}")


def _service_names(service: str, namespace: str) -> tuple[str, ...]:
    return tuple(f"{service}.{namespace}.{domain}" for domain in CLUSTER_DOMAINS)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key. Never printed: ``repr`` gives the certificate's subject and serial number."""

    certificate: x509.Certificate
    key: Ed25519PrivateKey

    def __repr__(self) -> str:
        its = self.certificate
        return f"Pair({its.subject.rfc4514_string()}, {its.serial_number:x})"

    @property
    def certificate_pem(self) -> bytes:
        """The certificate."""
        return pem([self.certificate])

    @property
    def key_pem(self) -> bytes:
        """PKCS #8, not encrypted."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @classmethod
    def from_pem(cls, certificate: bytes, key: bytes) -> Pair:
        """Read both and see that they belong together. Raises :class:`BadCertificateError`."""
        (read,) = certificates(certificate, at_most=1)
        private = _private_key(key)
        if read.public_key() != private.public_key():
            raise BadCertificateError("the key is not the certificate's")
        return cls(read, private)


def new_authority(life: timedelta, now: datetime) -> Pair:
    """A new authority."""
    key = Ed25519PrivateKey.generate()
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # The name differs from one authority to the next, so that a verifier who holds both need not guess.
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "NDSC platform authority"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, identifier.digest.hex()[:16]),
        ]
    )
    names = (*map(x509.DNSName, CLUSTER_DOMAINS), x509.UniformResourceIdentifier(TRUST_DOMAIN))
    made = (
        _certificate(subject, key.public_key(), subject, now, now + life)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=names, excluded_subtrees=_EVERYWHERE), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    return Pair(made.sign(key, None), key)


def issue(authority: Pair, name: Name, life: timedelta, now: datetime) -> Pair:
    """A leaf, for server and client alike, with a key of its own; it does not outlive its authority."""
    key = Ed25519PrivateKey.generate()
    its = authority.certificate
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name.part)])
    identifier = its.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    ends = min(now + life, its.not_valid_after_utc)
    names = (*map(x509.DNSName, name.dns), x509.UniformResourceIdentifier(name.uri))
    made = (
        _certificate(subject, key.public_key(), its.subject, now, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_USES), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    return Pair(made.sign(authority.key, None), key)


def due_at(certificate: x509.Certificate) -> datetime:
    """When it is to be replaced: after two thirds of its life, or a little sooner, by its serial number."""
    start, end = certificate.not_valid_before_utc + SKEW, certificate.not_valid_after_utc
    sooner = JITTER * (certificate.serial_number % 1000) / 1000
    return start + (end - start) * (DUE - sooner)


def names_of(certificate: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The DNS names and the URIs that it is for."""
    try:
        its = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), ()
    dns = its.get_values_for_type(x509.DNSName)
    return tuple(dns), tuple(its.get_values_for_type(x509.UniformResourceIdentifier))


def issued_by(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    """Whether that authority signed it."""
    try:
        leaf.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def verifies(leaf: x509.Certificate, bundle: Iterable[x509.Certificate], now: datetime) -> bool:
    """Whether whoever trusts the bundle believes the leaf now: both in date, and one of the bundle signed it."""
    return _in_date(leaf, now) and any(_in_date(one, now) and issued_by(leaf, one) for one in bundle)


def pem(certificates_: Iterable[x509.Certificate]) -> bytes:
    """One after another."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates_)


def certificates(text: bytes, *, at_most: int) -> tuple[x509.Certificate, ...]:
    """Those of a PEM file, one at least. Raises :class:`BadCertificateError`."""
    if len(text) > _MAX_PEM_BYTES:
        raise BadCertificateError(f"it is larger than {_MAX_PEM_BYTES} bytes")
    try:
        found = tuple(x509.load_pem_x509_certificates(text))
        for one in found:
            one.public_key()
            list(one.extensions)  # parsed when first looked at
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension):
        raise BadCertificateError("it is no certificate in PEM") from None
    if len(found) > at_most:
        raise BadCertificateError(f"it has more than {at_most} certificates")
    return found


def usable_authority(pair: Pair) -> Pair:
    """The same, if leafs can be issued by it. Raises :class:`BadCertificateError`."""
    its = pair.certificate
    try:
        limits = its.extensions.get_extension_for_class(x509.BasicConstraints).value
        its.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        usage = its.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as error:
        raise BadCertificateError(f"the certificate has no extension {error.oid._name}") from None
    if not limits.ca or not usage.key_cert_sign:
        raise BadCertificateError("the certificate is no authority's")
    if not issued_by(its, its):
        raise BadCertificateError("the certificate is not signed by itself: Python before 3.13 would not believe it")
    return pair


def _private_key(text: bytes) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(text[:_MAX_PEM_BYTES], password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadCertificateError("the key is no unencrypted private key in PEM") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadCertificateError("the key is of another kind than Ed25519")
    return key


def _in_date(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _certificate(
    subject: x509.Name, key: Ed25519PublicKey, issuer: x509.Name, now: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
