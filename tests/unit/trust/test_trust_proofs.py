"""A proof is for one token, one method, one path of one part, and a minute; by no key but those that are named."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from ndsc.errors import UnauthenticatedError
from ndsc.trust.keys import SigningKey
from ndsc.trust.proofs import PROOF_SECONDS, Prover, check, prove, target

KEY = SigningKey.generate()
HOLDERS = {KEY.public.thumbprint()}
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TOKEN = "header.payload.signature"  # only its digest is proven
KENT = target("node:kent", "/v1/search")


def proof(**changes: Any) -> str:
    return prove(**{"key": KEY, "token": TOKEN, "method": "POST", "uri": KENT, "now": NOON, **changes})


def forged(claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None, **options: Any) -> str:
    good = jwt.decode(proof(), options={"verify_signature": False})
    headers = {"typ": "dpop+jwt", "jwk": KEY.public.jwk(), **(header or {})}
    given = {"key": KEY.private_key, "algorithm": "EdDSA", **options}
    payload = {name: value for name, value in {**good, **(claims or {})}.items() if value is not None}
    return jwt.encode(payload, **given, headers=headers)


def accepted(given: str, now: datetime = NOON, **changes: Any) -> bool:
    asked = {"token": TOKEN, "method": "POST", "uri": KENT, "holders": HOLDERS, **changes}
    try:
        check(given, now=now, **asked)
    except UnauthenticatedError:
        return False
    return True


def test_a_proof_has_the_claims_of_rfc_9449() -> None:
    header = jwt.get_unverified_header(proof())
    assert (header["typ"], header["alg"], header["jwk"]["x"]) == ("dpop+jwt", "EdDSA", KEY.public.jwk()["x"])
    assert "d" not in header["jwk"]
    payload = json.loads(urlsafe_b64decode(proof().split(".")[1] + "=="))
    assert {name: payload[name] for name in ("htm", "htu", "iat")} == {
        "htm": "POST",
        "htu": "urn:ndsc:node:kent/v1/search",
        "iat": int(NOON.timestamp()),
    }
    assert proof() != proof(), "each has its own jti"


def test_the_digest_of_the_token_is_that_of_the_rfcs_example() -> None:
    """RFC 9449 section 7.1: the access token of its figure and the ``ath`` of the proof beside it."""
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    made = jwt.decode(proof(token=token), options={"verify_signature": False})
    assert made["ath"] == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "another.officers.token"},
        {"method": "GET"},
        {"uri": target("node:gwent", "/v1/search")},
        {"uri": target("gateway", "/v1/search")},
        {"uri": target("node:kent", "/v1/records/kent.p.mfrggzdfmztwq2lk")},
        {"holders": {SigningKey.generate().public.thumbprint()}},
        {"holders": set()},
    ],
)
def test_it_proves_that_and_nothing_else(changes: dict[str, Any]) -> None:
    made = proof()
    assert accepted(made)
    assert not accepted(made, **changes)


@pytest.mark.parametrize(
    ("seconds", "good"), [(-31, False), (-30, True), (0, True), (PROOF_SECONDS - 1, True), (PROOF_SECONDS, False)]
)
def test_it_lasts_a_minute(seconds: int, good: bool) -> None:
    assert accepted(proof(), NOON + timedelta(seconds=seconds)) is good


@pytest.mark.parametrize(
    "given",
    [
        "",
        "a.b.c",
        "\N{SNOWMAN}",
        "x" * 9000,
        proof(key=SigningKey.generate()),
        forged(key=SigningKey.generate().private_key),
        forged(key="", algorithm="none"),
        forged(key=KEY.public.jwk()["x"], algorithm="HS256"),
        forged(header={"typ": "JWT"}),
        forged(header={"jwk": None}),
        forged(header={"jwk": {**KEY.public.jwk(), "d": KEY.public.jwk()["x"]}}),
        forged(header={"jwk": {"kty": "oct", "k": "AAAA"}}),
        forged(header={"crit": ["b64"]}),
        forged({"iat": None}),
        forged({"iat": "now"}),
        forged({"iat": 10**30}),
        forged({"jti": None}),
        forged({"htm": None}),
        forged({"htu": None}),
        forged({"htu": ["urn:ndsc:node:kent/v1/search"]}),
        forged({"ath": None}),
    ],
)
def test_anything_else_is_refused_in_the_same_words(given: str) -> None:
    with pytest.raises(UnauthenticatedError) as refused:
        check(given, TOKEN, "POST", KENT, HOLDERS, now=NOON)
    assert (refused.value.message, refused.value.__cause__) == ("The token is not accepted.", None)


def test_the_query_and_the_spelling_of_a_path_are_no_part_of_the_target() -> None:
    assert target("gateway", "/v1/records/kent.p.a%20b?purpose=x") == "urn:ndsc:gateway/v1/records/kent.p.a b"


def test_a_prover_shows_a_proof_again_for_half_of_its_life_and_keeps_a_bounded_number() -> None:
    moment = 0.0
    prover = Prover(KEY, clock=lambda: moment)
    first = prover.proof(TOKEN, "POST", KENT)
    moment = 29.9
    assert prover.proof(TOKEN, "POST", KENT) == first
    moment = 30.0
    assert prover.proof(TOKEN, "POST", KENT) != first
    second = prover.proof(TOKEN, "POST", KENT)
    for number in range(1_024):
        prover.proof(str(number), "POST", KENT)
    assert prover.proof(TOKEN, "POST", KENT) != second
