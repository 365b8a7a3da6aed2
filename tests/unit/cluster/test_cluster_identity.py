"""A part's certificates: its own and nobody else's, taken up when the mounted files change and never before all fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.certificates import NODE_OF_KENT, Authority, mount

from ndsc.cluster.identity import Identity
from ndsc.cluster.proving import LeafProver
from ndsc.trust.certified import Speaker
from ndsc.trust.errors import BadCertificateError, KeyMissingError, UnsafeKeyFileError
from ndsc.trust.keys import SigningKey
from ndsc.trust.proofs import check, target
from ndsc.trust.tokens import Officer, issue_officer

AUTHORITY = Authority()
KENT = Speaker("node", "kent")


def test_a_part_is_whom_its_leaf_names_and_nobody_else(tmp_path: Path) -> None:
    folder = mount(tmp_path, AUTHORITY.leaf(NODE_OF_KENT), AUTHORITY)
    assert Identity(folder, KENT).leaf.speaker == KENT
    for other in (Speaker("node", "durham"), Speaker("loader", "kent"), Speaker("gateway", None)):
        with pytest.raises(BadCertificateError, match="another part"):
            Identity(folder, other)


def test_a_leaf_that_others_would_not_believe_is_not_started_with(tmp_path: Path) -> None:
    with pytest.raises(BadCertificateError):
        Identity(mount(tmp_path, Authority().leaf(NODE_OF_KENT), AUTHORITY), KENT)


def test_a_key_that_everybody_may_read_is_no_key(tmp_path: Path) -> None:
    folder = mount(tmp_path, AUTHORITY.leaf(NODE_OF_KENT), AUTHORITY)
    (folder / "tls.key").chmod(0o444)
    with pytest.raises(UnsafeKeyFileError):
        Identity(folder, KENT)


def test_what_is_not_mounted_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyMissingError):
        Identity(tmp_path, KENT)


def test_a_change_is_taken_up_whole_and_told_of(tmp_path: Path) -> None:
    first, second = AUTHORITY.leaf(NODE_OF_KENT), AUTHORITY.leaf(NODE_OF_KENT)
    identity = Identity(mount(tmp_path, first, AUTHORITY), KENT)
    heard: list[bytes] = []
    identity.on_change(lambda: heard.append(identity.leaf.der))
    assert not identity.refresh()
    before = identity.client()
    mount(tmp_path, second, AUTHORITY)
    assert identity.refresh()
    assert identity.leaf.der == second.der
    assert heard == [second.der]
    assert identity.client() is not before
    assert not identity.refresh()


def test_what_does_not_fit_is_not_taken_up_and_what_comes_after_is(tmp_path: Path) -> None:
    identity = Identity(mount(tmp_path, AUTHORITY.leaf(NODE_OF_KENT), AUTHORITY), KENT)
    before = identity.leaf
    mount(tmp_path, AUTHORITY.leaf(NODE_OF_KENT.replace("kent", "durham")), AUTHORITY)
    assert not identity.refresh()
    mount(tmp_path, Authority().leaf(NODE_OF_KENT), AUTHORITY)
    assert not identity.refresh()
    assert identity.leaf is before
    good = AUTHORITY.leaf(NODE_OF_KENT)
    mount(tmp_path, good, AUTHORITY)
    assert identity.refresh()
    assert identity.leaf.der == good.der


def test_a_token_that_names_the_key_before_is_proven_by_it(tmp_path: Path) -> None:
    gateway = "spiffe://ndsc.police.uk/platform/gateway"
    identity = Identity(mount(tmp_path, AUTHORITY.leaf(gateway), AUTHORITY), Speaker("gateway", None))
    prover = LeafProver(lambda: identity.leaf)
    identity.on_change(prover.take_up)
    before = identity.leaf.key.public.thumbprint()
    mount(tmp_path, AUTHORITY.leaf(gateway), AUTHORITY)
    identity.refresh()
    now = identity.leaf.key.public.thumbprint()
    uri = target("node:kent", "/v1/search")
    for named in (before, now):
        token = token_naming(named)
        check(prover.proof(token, "POST", uri), token, "POST", uri, {named})


def token_naming(gateway: str) -> str:
    who = Officer(sub="pc1", name="PC Test", force="kent", roles=("officer",), clearance=1)
    return issue_officer(SigningKey.generate(), who, grounds=Grounds(), holder=gateway, gateway=gateway)


class Grounds:
    """Why somebody asks."""

    purpose, justification, reference, legal_basis = "prevent-crime", "Named by a witness", "", ""
