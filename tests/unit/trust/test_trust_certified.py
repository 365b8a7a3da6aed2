"""A token that brings its key's certificate is believed for the service and force that its authority wrote into it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ObjectIdentifier
from tests.certificates import DAY, NODE_OF_KENT, Authority, Made, elliptic, usage

from ndsc.errors import UnauthenticatedError
from ndsc.trust.certified import Authorities, Leaf, certified_tokens
from ndsc.trust.errors import BadCertificateError
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import ServiceClaims, issue_service, verify_service

AUTHORITY = Authority()
TRUSTED = Authorities(AUTHORITY.pem)
GATEWAY = "spiffe://ndsc.police.uk/platform/gateway"


def token(leaf: Made, service: str = "node", force: str | None = "kent", **other: Any) -> str:
    return issue_service(leaf.signing, service, force, "registry", certificate=leaf.der, **other)


def verify(shown: str, trusted: Authorities = TRUSTED, now: datetime | None = None) -> ServiceClaims:
    return verify_service(shown, trusted, "registry", now)


def refused(shown: str, trusted: Authorities = TRUSTED, now: datetime | None = None) -> None:
    with pytest.raises(UnauthenticatedError, match=r"^The token is not accepted\.$"):
        verify(shown, trusted, now)


def test_the_leaf_of_a_node_speaks_for_its_force() -> None:
    claims = verify(token(AUTHORITY.leaf(NODE_OF_KENT)))
    assert (claims.service, claims.force) == ("node", "kent")


def test_the_leaf_of_a_platform_part_speaks_for_no_force() -> None:
    leaf = AUTHORITY.leaf(GATEWAY)
    assert verify(token(leaf, "gateway", None)).force is None
    refused(token(leaf, "gateway", "kent"))


def test_while_one_authority_follows_another_leafs_of_both_are_believed() -> None:
    later = Authority("a later one")
    both = Authorities(AUTHORITY.pem + later.pem)
    for authority in (AUTHORITY, later):
        assert verify(token(authority.leaf(NODE_OF_KENT)), both).force == "kent"
    refused(token(later.leaf(NODE_OF_KENT)))


@pytest.mark.parametrize(
    ("service", "force"),
    [("registry", None), ("gateway", None), ("node", "south-wales"), ("node", None), ("loader", "kent")],
)
def test_a_node_poses_as_nobody_else(service: str, force: str | None) -> None:
    refused(token(AUTHORITY.leaf(NODE_OF_KENT), service, force))


@pytest.mark.parametrize(
    "uris",
    [
        (),
        (NODE_OF_KENT, GATEWAY),
        (NODE_OF_KENT, NODE_OF_KENT),
        ("spiffe://elsewhere.example/force/kent/node",),
        ("spiffe://ndsc.police.uk.example/force/kent/node",),
        ("spiffe://ndsc.police.uk/force/kent/node/",),
        ("spiffe://ndsc.police.uk/force/kent/node?x",),
        ("spiffe://ndsc.police.uk/force/../platform/gateway",),
        ("spiffe://ndsc.police.uk/force/KENT/node",),
        ("spiffe://ndsc.police.uk/platform/force/kent/node",),
        ("https://ndsc.police.uk/force/kent/node",),
        (f"{NODE_OF_KENT}\n",),
    ],
)
def test_a_leaf_names_exactly_one_part_of_the_platform(uris: tuple[str, ...]) -> None:
    refused(token(AUTHORITY.leaf(*uris)))


UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")


@pytest.mark.parametrize(
    "leaf",
    [
        pytest.param(lambda: Authority().leaf(NODE_OF_KENT), id="of an authority of the same name"),
        pytest.param(lambda: AUTHORITY.leaf(NODE_OF_KENT, ca=True), id="an authority itself"),
        pytest.param(lambda: AUTHORITY.leaf(NODE_OF_KENT, dns=(), extra=[(UNKNOWN, True)]), id="a critical extension"),
        pytest.param(lambda: AUTHORITY.leaf(NODE_OF_KENT, starts=datetime.now(UTC) - 2 * DAY), id="expired"),
        pytest.param(lambda: AUTHORITY.leaf(NODE_OF_KENT, starts=datetime.now(UTC) + DAY), id="not yet valid"),
    ],
)
def test_a_leaf_is_refused(leaf: Callable[[], Made]) -> None:
    refused(token(leaf()))


def test_a_leaf_is_good_without_saying_that_it_is_no_authority_and_with_what_is_not_critical() -> None:
    assert verify(token(AUTHORITY.leaf(NODE_OF_KENT, ca=None, extra=[(UNKNOWN, False)]))).force == "kent"


def test_a_leaf_ends_with_its_authority() -> None:
    passing = Authority(life=2 * DAY)
    leaf = passing.leaf(NODE_OF_KENT, life=30 * DAY)
    trusted = Authorities(passing.pem)
    assert verify(token(leaf), trusted).force == "kent"
    later = datetime.now(UTC) + 3 * DAY
    refused(token(leaf, now=later), trusted, later)


def test_it_is_asked_each_time_whether_a_leaf_is_in_date() -> None:
    leaf = AUTHORITY.leaf(NODE_OF_KENT, life=timedelta(hours=1))
    assert verify(token(leaf)).force == "kent"
    later = datetime.now(UTC) + timedelta(hours=2)
    refused(token(leaf, now=later), now=later)


def test_a_leaf_for_another_kind_of_key_is_refused() -> None:
    leaf = AUTHORITY.leaf(NODE_OF_KENT, private=elliptic())
    shown = issue_service(SigningKey.generate(), "node", "kent", "registry", certificate=leaf.der)
    refused(shown)


def test_another_leaf_than_the_signers_is_refused() -> None:
    signer, shown = AUTHORITY.leaf(NODE_OF_KENT), AUTHORITY.leaf(NODE_OF_KENT)
    refused(issue_service(signer.signing, "node", "kent", "registry", certificate=shown.der))


def with_chain(leaf: Made, chain: object) -> str:
    plain = jwt.decode(token(leaf), options={"verify_signature": False})
    header = {"typ": "ndsc-service+jwt", "x5c": chain}
    return jwt.encode(plain, leaf.signing.private_key, algorithm="EdDSA", headers=header)


LEAF = AUTHORITY.leaf(NODE_OF_KENT)
SHOWN = base64.b64encode(LEAF.der).decode()


@pytest.mark.parametrize(
    "chain",
    [
        [],
        SHOWN,
        {"0": SHOWN},
        [SHOWN, SHOWN],
        [SHOWN, base64.b64encode(b"x").decode()],
        [SHOWN] * 8,
        ["A" * 6000],
        [SHOWN[:-8]],
        [SHOWN.replace("A", "\n", 1)],
        [base64.urlsafe_b64encode(LEAF.der + b"\xff").decode()],
        [base64.b64encode(b"\x30\x84\xff\xff\xff\xff" + b"\x00" * 64).decode()],
        [None],
        [1],
        [["x"]],
    ],
)
def test_a_chain_is_one_leaf_and_nothing_else(chain: object) -> None:
    assert verify(with_chain(LEAF, [SHOWN])).force == "kent"
    refused(with_chain(LEAF, chain))


def test_a_token_without_a_certificate_is_refused() -> None:
    refused(issue_service(LEAF.signing, "node", "kent", "registry"))


def test_what_is_remembered_is_bounded() -> None:
    trusted = Authorities(AUTHORITY.pem)
    now = datetime.now(UTC)
    for _ in range(600):
        trusted.binding(AUTHORITY.leaf(NODE_OF_KENT).der, now)
    assert trusted._verified.cache_info().currsize <= 512


@pytest.mark.parametrize(
    "bundle",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"x" * 70_000,
        pytest.param(AUTHORITY.pem * 9, id="too many"),
        pytest.param(Authority(is_authority=False).pem, id="no authority"),
        pytest.param(LEAF.pem, id="a leaf"),
    ],
)
def test_whom_to_believe_is_authorities_and_few(bundle: bytes) -> None:
    with pytest.raises(BadCertificateError):
        Authorities(bundle)


def test_a_parts_own_leaf_goes_with_its_key() -> None:
    leaf = Leaf.read(LEAF.pem, LEAF.key_pem)
    assert leaf.speaker == ("node", "kent")
    with pytest.raises(BadCertificateError, match="not the certificate's"):
        Leaf.read(LEAF.pem, AUTHORITY.leaf(NODE_OF_KENT).key_pem)
    with pytest.raises(BadCertificateError):
        Leaf.read(AUTHORITY.leaf(NODE_OF_KENT, private=elliptic()).pem, LEAF.key_pem)


def test_tokens_are_by_the_leaf_that_is_held_now() -> None:
    first, second = (Leaf.read(one.pem, one.key_pem) for one in (LEAF, AUTHORITY.leaf(NODE_OF_KENT)))
    held = [first]
    source = certified_tokens(lambda: held[0], "registry")
    before = source()
    assert source() == before
    held[0] = second
    after = source()
    assert jwt.get_unverified_header(before)["x5c"] != jwt.get_unverified_header(after)["x5c"]
    assert verify(before).force == verify(after).force == "kent"


def test_a_key_that_is_not_for_signing_is_refused() -> None:
    private = Ed25519PrivateKey.generate()
    made = AUTHORITY.leaf(NODE_OF_KENT, private=private)
    builder = x509.CertificateBuilder(
        issuer_name=made.certificate.issuer,
        subject_name=made.certificate.subject,
        public_key=private.public_key(),
        serial_number=7,
        not_valid_before=made.certificate.not_valid_before_utc.replace(tzinfo=None),
        not_valid_after=made.certificate.not_valid_after_utc.replace(tzinfo=None),
    )
    builder = builder.add_extension(usage(authority=False, signs=False), critical=True)
    names = made.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    builder = builder.add_extension(names, critical=False)
    refused(token(Made(builder.sign(AUTHORITY.private, None), private)))
