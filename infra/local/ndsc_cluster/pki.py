"""The cluster's certificates: one authority for all, one for the front proxy, and a key for service accounts."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE = timedelta(days=365)
_LEFT = timedelta(days=30)
"""Certificates with less than this left are made anew."""
_USES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as files."""

    folder: Path
    name: str

    @property
    def certificate(self) -> Path:
        """PEM."""
        return self.folder / f"{self.name}.crt"

    @property
    def key(self) -> Path:
        """PEM, PKCS #8, its owner's only."""
        return self.folder / f"{self.name}.key"

    def lasts(self) -> bool:
        """Whether both are there and the certificate has time left."""
        if not (self.certificate.is_file() and self.key.is_file()):
            return False
        its = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        return its.not_valid_after_utc - datetime.now(UTC) > _LEFT


def authority(folder: Path, name: str) -> Pair:
    """A self-signed authority (RFC 5280), made once."""
    pair = Pair(folder, name)
    if not pair.lasts():
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"ndsc-{name}")])
        _write(pair, key, _certificate(subject, key, subject, key, authority_=True, names=()))
    return pair


def issued(by: Pair, name: str, common_name: str, organisation: str = "", names: Iterable[str] = ()) -> Pair:
    """A certificate for one component, made anew when it nears its end or its authority changed."""
    pair = Pair(by.folder, name)
    parent = x509.load_pem_x509_certificate(by.certificate.read_bytes())
    if pair.lasts() and _issued_by(pair, parent):
        return pair
    parent_key = serialization.load_pem_private_key(by.key.read_bytes(), None)
    if not isinstance(parent_key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{by.key} is no elliptic curve key")
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organisation:
        subject.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(x509.Name(subject), key, parent.subject, parent_key, authority_=False, names=tuple(names))
    _write(pair, key, made)
    return pair


def signing_key(folder: Path, name: str) -> tuple[Path, Path]:
    """A private and a public key, as files."""
    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    if not (private.is_file() and public.is_file()):
        key = ec.generate_private_key(ec.SECP256R1())
        _private(private, key)
        public.write_bytes(
            key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
    return private, public


def _issued_by(pair: Pair, parent: x509.Certificate) -> bool:
    try:
        x509.load_pem_x509_certificate(pair.certificate.read_bytes()).verify_directly_issued_by(parent)
    except Exception:  # whatever is wrong with it, it is made anew
        return False
    return True


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    authority_: bool,
    names: tuple[str, ...],
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=authority_, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_usage(authority_=authority_), critical=True)
    )
    if not authority_:
        parent = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        builder = builder.add_extension(parent, critical=False)  # RFC 5280, section 4.2.1.1: Python 3.13 insists
        builder = builder.add_extension(x509.ExtendedKeyUsage(_USES), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(*, authority_: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority_,
        crl_sign=authority_,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(pair: Pair, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    pair.folder.mkdir(parents=True, exist_ok=True)
    _private(pair.key, key)
    pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _private(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
