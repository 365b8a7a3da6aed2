"""The platform's authority: what its certificates say, when they are replaced, and what is no authority."""

from __future__ import annotations

import base64
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socketpair
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from ndsc_operator.authority import (
    BadCertificateError,
    Name,
    Pair,
    due_at,
    issue,
    names_of,
    new_authority,
    of_force,
    of_platform,
    pem,
    verifies,
)
from ndsc_operator.authority_rolling import Authorities, Lives, Seen, begin, step
from ndsc_operator.authority_secrets import (
    BUNDLE,
    CERTIFICATE,
    KEY,
    BadSecretError,
    authority_secret,
    leaf_secret,
    read_authority,
    read_published,
    refreshed,
)

NOW = datetime.now(UTC).replace(microsecond=0)
DAY, YEAR = timedelta(days=1), timedelta(days=365)
LIVES = Lives(authority=YEAR, leaf=DAY, overlap=timedelta(minutes=10))
KENT = of_force("node", "kent", "kent", "kent")


def test_a_leaf_names_its_service_and_its_one_spiffe_id() -> None:
    assert of_platform("hub", "hub", "ndsc-system").uri == "spiffe://ndsc.police.uk/platform/hub"
    leaf = issue(new_authority(YEAR, NOW), KENT, DAY, NOW).certificate
    dns, uris = names_of(leaf)
    assert dns == ("kent.kent.svc", "kent.kent.svc.cluster.local")
    assert uris == ("spiffe://ndsc.police.uk/force/kent/node",)


def test_a_leaf_is_for_server_and_client_and_issues_nothing() -> None:
    authority = new_authority(YEAR, NOW)
    its = issue(authority, KENT, DAY, NOW).certificate.extensions
    assert list(its.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
    ]
    assert its.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert its.get_extension_for_class(x509.KeyUsage).value.key_cert_sign is False
    issuer = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert its.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == issuer.digest


def test_an_authority_issues_leafs_only() -> None:
    its = new_authority(YEAR, NOW).certificate.extensions
    limits = its.get_extension_for_class(x509.BasicConstraints)
    assert limits.critical
    assert (limits.value.ca, limits.value.path_length) == (True, 0)
    assert its.get_extension_for_class(x509.NameConstraints).critical


def test_a_certificate_is_valid_a_little_before_it_was_made_and_a_leaf_not_after_its_authority() -> None:
    authority = new_authority(timedelta(hours=3), NOW)
    leaf = issue(authority, KENT, DAY, NOW).certificate
    assert leaf.not_valid_before_utc == NOW - timedelta(minutes=5)
    assert leaf.not_valid_after_utc == authority.certificate.not_valid_after_utc == NOW + timedelta(hours=3)


def test_a_certificate_is_due_after_two_thirds_of_its_life_and_no_two_at_once() -> None:
    authority = new_authority(YEAR, NOW)
    due = {due_at(issue(authority, KENT, DAY, NOW).certificate) for _ in range(20)}
    assert NOW + DAY * 0.61 < min(due) < max(due) <= NOW + DAY * 2 / 3
    assert len(due) > 10


def handshake(leaf: Pair, host: str, trusted: list[x509.Certificate], folder: Path) -> str:
    """What a TLS 1.3 client that insists on RFC 5280 says to the leaf under that name."""
    (folder / "leaf.pem").write_bytes(leaf.certificate_pem + leaf.key_pem)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(folder / "leaf.pem")
    asking = ssl.create_default_context(cadata=pem(trusted).decode())
    asking.minimum_version = ssl.TLSVersion.TLSv1_3
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    ours, theirs = socketpair()

    def serve() -> None:
        try:
            serving.wrap_socket(theirs, server_side=True).close()
        except (ssl.SSLError, OSError):
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with asking.wrap_socket(ours, server_hostname=host) as connection:
            return str(connection.version())
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    finally:
        thread.join(10)


def test_python_believes_a_leaf_under_its_names_only(tmp_path: Path) -> None:
    authority, other = new_authority(YEAR, NOW), new_authority(YEAR, NOW)
    leaf = issue(authority, KENT, DAY, NOW)
    both = [other.certificate, authority.certificate]
    assert handshake(leaf, "kent.kent.svc", both, tmp_path) == "TLSv1.3"
    assert handshake(leaf, "kent.kent.svc.cluster.local", both, tmp_path) == "TLSv1.3"
    assert "Hostname mismatch" in handshake(leaf, "essex.essex.svc", both, tmp_path)
    assert "unable to get local issuer" in handshake(leaf, "kent.kent.svc", [other.certificate], tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        Name("node", ("example.com",), KENT.uri),
        Name("node", ("kent.kent.svc.example.com",), KENT.uri),
        Name("node", KENT.dns, "spiffe://example.com/force/kent/node"),
    ],
)
def test_python_believes_the_authority_for_no_name_outside_the_cluster(tmp_path: Path, name: Name) -> None:
    authority = new_authority(YEAR, NOW)
    leaf = issue(authority, name, DAY, NOW)
    assert "permitted subtree violation" in handshake(leaf, name.dns[0], [authority.certificate], tmp_path)


def test_an_expired_authority_or_leaf_is_not_believed() -> None:
    authority = new_authority(YEAR, NOW)
    leaf = issue(authority, KENT, DAY, NOW).certificate
    assert verifies(leaf, [authority.certificate], NOW)
    assert not verifies(leaf, [authority.certificate], NOW + DAY * 2)
    assert not verifies(leaf, [new_authority(YEAR, NOW).certificate], NOW)
    assert not verifies(leaf, [], NOW)


def test_a_pair_shows_no_key() -> None:
    authority = new_authority(YEAR, NOW)
    shown = f"{authority} {authority!r} {begin(LIVES, NOW)!r}"
    assert "PRIVATE" not in shown
    assert base64.b64encode(authority.key.private_bytes_raw()).decode()[:20] not in shown


# The life of an authority.


def test_a_platform_that_is_well_does_nothing() -> None:
    held = begin(LIVES, NOW)
    assert step(held, Seen(everywhere=True), LIVES, NOW + YEAR / 2) is held
    assert held.phase == "steady"


def rolled() -> list[Authorities]:
    """An authority from its making to the end of the one before it."""
    held, found, now = begin(LIVES, NOW), [], NOW + YEAR * 0.7
    for pause in (timedelta(), timedelta(seconds=5), LIVES.overlap, LIVES.leaf):
        now += pause
        held = step(held, Seen(everywhere=True), LIVES, now)
        found.append(held)
    return found


def test_the_key_of_an_authority_goes_when_it_issues_no_more() -> None:
    announced, published, promoted, steady = rolled()
    assert announced.following is not None
    assert [one.phase for one in (announced, published, promoted, steady)] == [
        "announced",
        "announced",
        "promoted",
        "steady",
    ]
    assert promoted.issuing.certificate == announced.following.certificate
    assert set(promoted.bundle) == set(announced.bundle)
    assert steady.bundle == (promoted.issuing.certificate,)
    kept = authority_secret(promoted, {})["data"]
    assert announced.issuing.key_pem not in {base64.b64decode(value) for value in kept.values()}


def test_leafs_that_were_to_live_longer_keep_their_authority_published() -> None:
    long = NOW + YEAR * 0.9
    held = step(rolled()[1], Seen(everywhere=True, last_leaf_ends=long), LIVES, NOW + YEAR * 0.72)
    assert held.phase == "promoted"
    assert step(held, Seen(everywhere=True), LIVES, NOW + YEAR * 0.89) is held
    assert step(held, Seen(everywhere=True), LIVES, NOW + YEAR * 0.91).phase == "steady"


def test_after_a_long_sleep_an_authority_that_ended_is_followed_at_once() -> None:
    late = NOW + YEAR * 2
    held = step(begin(LIVES, NOW), Seen(everywhere=False), LIVES, late)
    held = step(held, Seen(everywhere=False), LIVES, late)
    assert held.phase == "promoted"
    assert held.issuing.certificate.not_valid_after_utc > late


def test_an_authority_that_was_brought_is_not_replaced_by_one_that_nobody_brought() -> None:
    held = begin(LIVES, NOW)
    assert step(held, Seen(everywhere=True), LIVES, NOW + YEAR * 0.9, renews=False) is held


# In Secrets.


@pytest.mark.parametrize("which", range(4))
def test_what_is_kept_is_read_again(which: int) -> None:
    held = rolled()[which]
    again = read_authority(authority_secret(held, {}))
    assert again.bundle == held.bundle
    assert (again.published_since, again.previous_until) == (held.published_since, held.previous_until)
    assert again.issuing.key_pem == held.issuing.key_pem


def authority_data(**changes: bytes | None) -> dict[str, Any]:
    secret = authority_secret(begin(LIVES, NOW), {})
    for name, value in changes.items():
        if value is None:
            del secret["data"][name.replace("_", ".")]
        else:
            secret["data"][name.replace("_", ".")] = base64.b64encode(value).decode()
    return secret


def _elliptic_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ca_key": None}, "it has no ca.key"),
        ({"ca_crt": None, "ca_key": None}, "it has no ca.crt and no ca.key"),
        ({"ca_crt": b"no certificate"}, "no certificate in PEM"),
        ({"ca_key": b"no key"}, "no unencrypted private key in PEM"),
        ({"ca_key": _elliptic_key()}, "another kind than Ed25519"),
        ({"ca_key": new_authority(YEAR, NOW).key_pem}, "the key is not the certificate's"),
        ({"ca_crt": b"x" * 100_000}, "larger than"),
        ({"next_crt": b"\xff\xfe"}, "it has no next.key"),
        ({"previous_crt": b"\x00"}, "previous.crt"),
        ({"previous_until": b"tomorrow"}, "no moment"),
        ({"previous_until": b"\xff"}, "no moment"),
    ],
)
def test_what_is_no_authority_is_refused_in_words_that_hold_nothing_of_it(
    changes: dict[str, bytes | None], words: str
) -> None:
    with pytest.raises(BadSecretError, match=words) as caught:
        read_authority(authority_data(**changes))
    assert "BEGIN" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_leaf_is_no_authority() -> None:
    leaf = issue(new_authority(YEAR, NOW), KENT, DAY, NOW)
    with pytest.raises(BadSecretError, match="no authority's"):
        read_authority(authority_data(ca_crt=leaf.certificate_pem, ca_key=leaf.key_pem))


def test_data_that_is_no_base64_is_refused() -> None:
    with pytest.raises(BadSecretError, match="base64"):
        read_published({"data": {"tls.crt": "%%%"}})


def test_a_pair_of_two_certificates_is_refused() -> None:
    authority = new_authority(YEAR, NOW)
    with pytest.raises(BadCertificateError, match="more than 1"):
        Pair.from_pem(authority.certificate_pem * 2, authority.key_pem)


def published(**changes: bytes) -> tuple[Authorities, dict[str, Any]]:
    held = begin(LIVES, NOW)
    first, _ = refreshed(None, KENT, held, LIVES, NOW)
    secret = leaf_secret(first, {"name": "kent-tls"})
    secret["data"] |= {name.replace("_", "."): base64.b64encode(value).decode() for name, value in changes.items()}
    return held, secret


def test_a_leaf_that_is_well_is_left_alone() -> None:
    held, secret = published()
    present, why = refreshed(secret, KENT, held, LIVES, NOW + DAY / 2)
    assert why == ""
    assert leaf_secret(present, {"name": "kent-tls"}) == secret


@pytest.mark.parametrize("name", [CERTIFICATE, KEY, BUNDLE])
def test_a_leaf_that_was_damaged_is_made_again(name: str) -> None:
    held, secret = published(**{name.replace(".", "_"): b"damaged"})
    made, why = refreshed(secret, KENT, held, LIVES, NOW)
    assert "damaged" in why
    assert verifies(made.leaf.certificate, held.bundle, NOW)


def test_a_leaf_is_replaced_with_a_new_key_when_two_thirds_of_its_life_are_over() -> None:
    held, secret = published()
    made, why = refreshed(secret, KENT, held, LIVES, NOW + DAY * 0.67)
    assert "two thirds" in why
    assert made.leaf.key_pem != read_published(secret).leaf.key_pem


def test_a_leaf_of_another_authority_or_for_other_names_or_too_long_is_replaced() -> None:
    held, secret = published()
    assert "believe" in refreshed(secret, KENT, begin(LIVES, NOW), LIVES, NOW)[1]
    assert "names" in refreshed(secret, of_force("loader", "kent", "kent-loader", "kent"), held, LIVES, NOW)[1]
    short = Lives(YEAR, timedelta(hours=1), LIVES.overlap)
    assert "longer" in refreshed(secret, KENT, held, short, NOW)[1]


def test_when_the_authorities_change_the_leaf_stays_and_the_bundle_follows() -> None:
    held, secret = published()
    announced = step(held, Seen(everywhere=True), LIVES, NOW + YEAR * 0.7)
    leaf, _ = refreshed(None, KENT, held, LIVES, NOW + YEAR * 0.7)
    secret = leaf_secret(leaf, {})
    made, why = refreshed(secret, KENT, announced, LIVES, NOW + YEAR * 0.7)
    assert "authorities" in why
    assert made.leaf.certificate == leaf.leaf.certificate
    assert set(made.bundle) == set(announced.bundle)


def test_the_annotations_of_a_leaf_tell_its_times_and_hold_no_secret() -> None:
    _, secret = published()
    told = secret["metadata"]["annotations"]
    assert told["ndsc.police.uk/not-after"] == (NOW + DAY).isoformat()
    assert told["ndsc.police.uk/renewed-at"] == NOW.isoformat()
    assert set(secret["data"]) == {CERTIFICATE, KEY, BUNDLE}
