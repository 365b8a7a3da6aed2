"""Certificates for tests: an authority, and leafs of it that are as they should be, or wrong in one way."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ndsc.trust.keys import SigningKey

DAY = timedelta(days=1)
NODE_OF_KENT = "spiffe://ndsc.police.uk/force/kent/node"


@dataclass(frozen=True)
class Made:
    """A leaf with its key."""

    certificate: x509.Certificate
    private: Ed25519PrivateKey | EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def signing(self) -> SigningKey:
        assert isinstance(self.private, Ed25519PrivateKey)
        return SigningKey(self.private)


@dataclass
class Authority:
    """Issues leafs."""

    name: str = "test authority"
    starts: datetime = field(default_factory=lambda: datetime.now(UTC) - DAY)
    life: timedelta = 30 * DAY
    is_authority: bool = True

    def __post_init__(self) -> None:
        self.private = Ed25519PrivateKey.generate()
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        identifier = x509.SubjectKeyIdentifier.from_public_key(self.private.public_key())
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(self.subject)
            .public_key(self.private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.starts)
            .not_valid_after(self.starts + self.life)
            .add_extension(x509.BasicConstraints(ca=self.is_authority, path_length=None), critical=True)
            .add_extension(usage(authority=self.is_authority), critical=True)
            .add_extension(identifier, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
            .sign(self.private, None)
        )

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def leaf(
        self,
        *uris: str,
        dns: Sequence[str] = ("localhost",),
        starts: datetime | None = None,
        life: timedelta = DAY,
        ca: bool | None = False,
        private: Ed25519PrivateKey | EllipticCurvePrivateKey | None = None,
        extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    ) -> Made:
        """A leaf for these SPIFFE ids; all that is right unless said otherwise."""
        private = private or Ed25519PrivateKey.generate()
        starts = starts or datetime.now(UTC) - timedelta(minutes=5)
        names = (*map(x509.DNSName, dns), *map(x509.UniformResourceIdentifier, uris))
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")]))
            .issuer_name(self.subject)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(starts)
            .not_valid_after(starts + life)
            .add_extension(usage(authority=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.private.public_key()), critical=False
            )
        )
        if ca is not None:
            builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        for extension, critical in extra:
            builder = builder.add_extension(extension, critical=critical)
        return Made(builder.sign(self.private, None), private)


def elliptic() -> EllipticCurvePrivateKey:
    """A key of another kind."""
    return generate_private_key(SECP256R1())


def usage(*, authority: bool, signs: bool = True) -> x509.KeyUsage:
    """What a key is for."""
    return x509.KeyUsage(
        digital_signature=signs and not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def mount(folder: Path, leaf: Made, *authorities: Authority) -> Path:
    """As Kubernetes mounts a Secret: the files behind ``..data``, which turns to a new generation at once."""
    folder.mkdir(parents=True, exist_ok=True)
    generation = folder / f"..{leaf.certificate.serial_number:x}-{os.urandom(4).hex()}"
    generation.mkdir()
    contents = {
        "tls.crt": leaf.pem,
        "tls.key": leaf.key_pem,
        "ca.crt": b"".join(authority.pem for authority in authorities),
    }
    for name, content in contents.items():
        (generation / name).write_bytes(content)
        (generation / name).chmod(0o440)
    link = folder / "..data_tmp"
    link.symlink_to(generation.name)
    link.replace(folder / "..data")
    for name in contents:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    return folder
