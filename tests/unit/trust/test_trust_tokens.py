"""Tokens: short-lived, of one kind each, and refused with one sentence whatever is wrong with them."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import jwt
import pytest

from ndsc.errors import UnauthenticatedError
from ndsc.trust.callers import Asker
from ndsc.trust.errors import DevelopmentIssuerRefusedError, GroundsDifferError
from ndsc.trust.grounds import Grounds, Stated, digest
from ndsc.trust.issuer import DevelopmentIssuer
from ndsc.trust.keys import SigningKey
from ndsc.trust.proofs import Prover, check
from ndsc.trust.sessions import Session
from ndsc.trust.tokens import (
    KeyBinding,
    Officer,
    issue_officer,
    issue_service,
    service_tokens,
    shown_token,
    verify_officer,
    verify_service,
)

KEY = SigningKey.generate()
TRUSTED = {KEY.kid: KEY.public}
HOLDER, GATEWAY = (SigningKey.generate().public.thumbprint() for _ in range(2))
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Stating(NamedTuple):
    """Grounds."""

    purpose: str = "prevent-crime"
    justification: str = "Named by a witness"
    reference: str = ""
    legal_basis: str = ""


GROUNDS = Stating()
DETAIL = Stated.of(GROUNDS).model_dump()


def who(force: str = "south-wales") -> Officer:
    return Officer(sub="pc-1287", name="PC Test", force=force, roles=("officer",), clearance=1)


def officer(key: SigningKey = KEY, force: str = "south-wales") -> str:
    return issue_officer(key, who(force), grounds=GROUNDS, holder=HOLDER, gateway=GATEWAY, ttl=600, now=NOON)


def forged(payload: dict[str, Any] | None = None, header: dict[str, Any] | None = None, **options: Any) -> str:
    good = jwt.decode(officer(), options={"verify_signature": False})
    headers = {"kid": KEY.kid, "typ": "ndsc-officer+jwt", **(header or {})}
    return jwt.encode(
        {**good, **(payload or {})}, **{"key": KEY.private_key, "algorithm": "EdDSA", **options}, headers=headers
    )


def test_an_officers_token_says_who_asks() -> None:
    claims = verify_officer(officer(), TRUSTED, now=NOON)
    assert (claims.sub, claims.force, claims.roles, claims.clearance) == ("pc-1287", "south-wales", ("officer",), 1)
    assert claims.exp - claims.iat == 600


def test_a_services_token_is_for_one_audience() -> None:
    token = issue_service(KEY, "node", "kent", "registry")
    assert verify_service(token, TRUSTED, "registry").force == "kent"
    with pytest.raises(UnauthenticatedError):
        verify_service(token, TRUSTED, "evaluator")


def test_the_two_kinds_are_never_taken_for_each_other() -> None:
    with pytest.raises(UnauthenticatedError):
        verify_officer(issue_service(KEY, "node", "kent", "ndsc"), TRUSTED)
    with pytest.raises(UnauthenticatedError):
        verify_service(officer(), TRUSTED, "ndsc", now=NOON)


@pytest.mark.parametrize(
    ("seconds", "accepted"), [(-31, False), (-30, True), (0, True), (599, True), (600, False), (86_400, False)]
)
def test_a_token_is_good_from_its_issue_to_its_expiry(seconds: int, accepted: bool) -> None:
    token, moment = officer(), NOON + timedelta(seconds=seconds)
    verify_officer(token, TRUSTED, now=NOON)  # what was accepted once is judged again each time
    if accepted:
        verify_officer(token, TRUSTED, now=moment)
    else:
        with pytest.raises(UnauthenticatedError):
            verify_officer(token, TRUSTED, now=moment)


def unsigned() -> str:
    return forged(key="", algorithm="none")


def signed_with_the_public_key_as_secret() -> str:
    return forged(key=base64.b64encode(KEY.public.raw).decode(), algorithm="HS256")


def with_a_changed_payload() -> str:
    head, payload, signature = officer().split(".")
    changed = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"clearance": 4}
    return ".".join([head, base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("="), signature])


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        "....",
        "\N{SNOWMAN}",
        "x" * 9000,
        unsigned(),
        signed_with_the_public_key_as_secret(),
        with_a_changed_payload(),
        officer(SigningKey.generate()),
        forged(key=SigningKey.generate().private_key),
        forged(header={"kid": "unknown"}),
        forged(header={"typ": "JWT"}),
        forged(header={"crit": ["b64"]}),
        forged({"aud": "somebody-else"}),
        forged({"clearance": 9}),
        forged({"clearance": None}),
        forged({"force": "../kent"}),
        forged({"roles": "administrator"}),
        forged({"roles": ["officer"] * 40}),
        forged({"exp": "tomorrow"}),
        forged({"sub": "x" * 500}),
        forged({"name": "x" * 9000}),
        forged({"authorization_details": []}),
        forged({"authorization_details": [DETAIL, DETAIL]}),
        forged({"authorization_details": [{**DETAIL, "type": "payment_initiation"}]}),
        forged({"authorization_details": [{**DETAIL, "locations": ["https://kent.example"]}]}),
        forged({"authorization_details": [{"type": DETAIL["type"], "purpose": "prevent-crime"}]}),
        forged({"cnf": {}}),
        forged({"cnf": {"jkt": "short"}}),
        forged({"cnf": {"jkt": HOLDER, "jwk": {}}}),
        forged({"may_act": {"sub": "gateway"}}),
    ],
)
def test_anything_else_is_refused_in_the_same_words(token: str) -> None:
    with pytest.raises(UnauthenticatedError) as refused:
        verify_officer(token, TRUSTED, now=NOON)
    assert refused.value.message == "The token is not accepted."
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "missing", ["exp", "iat", "aud", "jti", "sub", "force", "roles", "clearance", "cnf", "authorization_details"]
)
def test_a_token_without_one_of_its_claims_is_refused(missing: str) -> None:
    payload = jwt.decode(officer(), options={"verify_signature": False})
    del payload[missing]
    token = jwt.encode(payload, KEY.private_key, algorithm="EdDSA", headers={"kid": KEY.kid, "typ": "ndsc-officer+jwt"})
    with pytest.raises(UnauthenticatedError):
        verify_officer(token, TRUSTED, now=NOON)


def test_a_signature_has_one_spelling() -> None:
    token = officer()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stray_bit = alphabet[alphabet.index(token[-1]) + 1]
    for other in (token[:-1] + stray_bit, token[:-5] + "!" + token[-5:], token + "=", token + "\n"):
        with pytest.raises(UnauthenticatedError):
            verify_officer(other, TRUSTED, now=NOON)


def test_a_key_bound_to_a_force_speaks_for_no_other() -> None:
    bound = {KEY.kid: KeyBinding(KEY.public, force="kent")}
    assert verify_officer(officer(force="kent"), bound, now=NOON).force == "kent"
    with pytest.raises(UnauthenticatedError):
        verify_officer(officer(force="gwent"), bound, now=NOON)


def test_a_key_bound_to_a_service_poses_as_no_other() -> None:
    bound = {KEY.kid: KeyBinding(KEY.public, service="node", force="kent")}
    assert verify_service(issue_service(KEY, "node", "kent", "registry"), bound, "registry").service == "node"
    for service, force in (("gateway", "kent"), ("node", "gwent"), ("node", None)):
        with pytest.raises(UnauthenticatedError):
            verify_service(issue_service(KEY, service, force, "registry"), bound, "registry")


def test_a_source_gives_one_token_again_until_it_nears_its_end() -> None:
    lasting, brief = service_tokens(KEY, "node", "kent", "registry"), service_tokens(KEY, "node", "kent", "registry", 0)
    assert lasting() == lasting()
    assert brief() != brief()
    assert verify_service(lasting(), TRUSTED, "registry").service == "node"


@pytest.mark.parametrize("header", [None, "", "DPoP", "DPoP ", "Basic abc", "abc", "Bearer abc"])
def test_a_header_without_a_token_to_prove_asks_for_it(header: str | None) -> None:
    with pytest.raises(UnauthenticatedError):
        shown_token(header)


def test_a_token_is_read_whatever_the_case_of_its_scheme() -> None:
    assert shown_token("dpop abc") == shown_token("DPoP abc") == "abc"


def test_the_development_issuer_signs_for_the_embedded_network() -> None:
    token = DevelopmentIssuer(KEY, mode="embedded").token(who(), GROUNDS, holder=HOLDER)
    assert verify_officer(token, TRUSTED).sub == "pc-1287"


@pytest.mark.parametrize("mode", ["", "production", "cluster", "Embedded", "embedded "])
def test_the_development_issuer_refuses_to_run_anywhere_else_and_says_why(mode: str) -> None:
    with pytest.raises(DevelopmentIssuerRefusedError, match="signs any name"):
        DevelopmentIssuer(KEY, mode=mode)


def test_a_token_says_for_which_purpose_and_words_it_was_issued() -> None:
    (detail,) = verify_officer(officer(), TRUSTED, now=NOON).authorization_details
    assert (detail.type, detail.purpose) == ("urn:ndsc:authorization:grounds", "prevent-crime")
    text = '{"justification":"Named by a witness","legal_basis":"","purpose":"prevent-crime","reference":""}'
    expected = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
    assert detail.digest == expected


@pytest.mark.parametrize("field", Stating._fields)
def test_the_digest_is_over_each_of_the_grounds(field: str) -> None:
    assert digest(GROUNDS._replace(**{field: "other"})) != digest(GROUNDS)
    moved = Stating("p", justification="", reference="x"), Stating("p", justification="x", reference="")
    assert digest(moved[0]) != digest(moved[1])


def test_an_officer_on_the_tokens_grounds_is_told_and_on_others_refused() -> None:
    asker = Asker(officer(), verify_officer(officer(), TRUSTED, now=NOON))
    assert asker.on(GROUNDS).sub == "pc-1287"
    for changed in (GROUNDS._replace(purpose="protect-life-and-property"), GROUNDS._replace(reference="62/1/25")):
        with pytest.raises(GroundsDifferError):
            asker.on(changed)


def test_a_session_has_a_token_for_each_ground_until_it_nears_its_end_and_keeps_a_bounded_number() -> None:
    moment, issued = 0.0, []

    def issue(grounds: Grounds) -> str:
        issued.append(grounds.justification)
        return f"{grounds.justification}-{len(issued)}"

    session = Session(issue, Prover(KEY), clock=lambda: moment)
    first = session.shown(GROUNDS, "POST", "urn:ndsc:gateway/v1/search")
    check(first.proof, first.token, "POST", "urn:ndsc:gateway/v1/search", {KEY.public.thumbprint()})
    other = session.shown(GROUNDS._replace(justification="other"), "POST", "x")
    assert (first.token, other.token) == ("Named by a witness-1", "other-2")
    moment = 239.0
    assert session.shown(GROUNDS, "GET", "y").token == first.token
    moment = 240.0
    assert session.shown(GROUNDS, "GET", "y").token == "Named by a witness-3"
    for number in range(32):
        session.shown(GROUNDS._replace(justification=str(number)), "GET", "y")
    assert session.shown(GROUNDS, "GET", "y").token == "Named by a witness-36"
