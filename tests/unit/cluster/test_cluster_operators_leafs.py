"""The operator's leafs are those that parts serve with, speak by and believe: what one issues the others take."""

from __future__ import annotations

import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ndsc.cluster.identity import Identity
from ndsc.trust.certified import Authorities, Speaker
from ndsc.trust.errors import BadCertificateError
from ndsc.trust.tokens import verify_service
from ndsc_operator.authority import Name, Pair, issue, new_authority, of_force, of_platform

NOW = datetime.now(UTC)
AUTHORITY = new_authority(timedelta(days=365), NOW)
NODE = of_force("node", "kent", "main", "kent")


def mounted(folder: Path, name: Name, authority: Pair = AUTHORITY) -> Path:
    leaf = issue(authority, name, timedelta(days=30), NOW)
    folder.mkdir(parents=True)
    contents = {"tls.crt": leaf.certificate_pem, "tls.key": leaf.key_pem, "ca.crt": authority.certificate_pem}
    for file, content in contents.items():
        (folder / file).write_bytes(content)
        (folder / file).chmod(0o440)
    return folder


@pytest.mark.parametrize("part", ["hub", "evaluator", "registry", "gateway", "operator"])
def test_each_part_of_the_platform_speaks_for_itself(tmp_path: Path, part: str) -> None:
    folder = mounted(tmp_path / "tls", of_platform(part, part, "ndsc-system"))
    identity = Identity(folder, Speaker(part, None))
    claims = verify_service(identity.tokens("registry")(), identity.trusted(), "registry")
    assert (claims.service, claims.force) == (part, None)


@pytest.mark.parametrize("part", ["node", "loader"])
def test_a_forces_parts_speak_for_their_force(tmp_path: Path, part: str) -> None:
    identity = Identity(mounted(tmp_path / "tls", of_force(part, "kent", "main", "kent")), Speaker(part, "kent"))
    claims = verify_service(identity.tokens("registry")(), identity.trusted(), "registry")
    assert (claims.service, claims.force) == (part, "kent")


def test_the_authoritys_own_certificate_is_nobodys_leaf() -> None:
    with pytest.raises(BadCertificateError):
        Authorities(AUTHORITY.certificate_pem).binding(_der(AUTHORITY), NOW)


def _der(pair: Pair) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pair.certificate_pem.decode())


@pytest.mark.parametrize("name", ["main.kent.svc", "main.kent.svc.cluster.local"])
def test_a_caller_believes_a_server_under_the_names_of_its_service(tmp_path: Path, name: str) -> None:
    server = Identity(mounted(tmp_path / "node", NODE), Speaker("node", "kent"))
    caller = Identity(mounted(tmp_path / "gateway", of_platform("gateway", "gateway", "ndsc-system")), GATEWAY)
    assert shaken(server.server, caller.client(), name) == "TLSv1.3"


@pytest.mark.parametrize("name", ["main.durham.svc", "kent.svc", "main.kent"])
def test_a_caller_believes_no_server_under_another_name(tmp_path: Path, name: str) -> None:
    server = Identity(mounted(tmp_path / "node", NODE), Speaker("node", "kent"))
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(server.server, server.client(), name)


GATEWAY = Speaker("gateway", None)


def shaken(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> str | None:
    """The version that both come to when the client calls the server by that name."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    called = server.wrap_bio(to_server, to_client, server_side=True)
    calling = client.wrap_bio(to_client, to_server, server_hostname=name)
    for _ in range(10):
        for side in (calling, called):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    return calling.version()
