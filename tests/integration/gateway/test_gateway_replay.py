"""What a node is shown is of no use to it anywhere else, nor to whoever takes it from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.asking import CLIENT, GATEWAY, headers, officer, token_for
from tests.integration.gateway.conftest import Desk
from tests.network import GROUNDS, request

import ndsc.node.app
from ndsc.audit.log import AuditLog
from ndsc.model.pole import Person
from ndsc.policy.embedded import RegopyDecider
from ndsc.trust.keys import SigningKey
from ndsc.trust.proofs import Prover, prove, target
from ndsc.web.client import RemoteProblemError

RHYS = Person(given_name="Rhys", surname="Pugh", date_of_birth="1980-02-03")
SEARCH = {"kind": "person", "tokens": ["A" * 43], **GROUNDS}
NODE = "node:gwent"
PATH = "/v1/search"


@pytest.fixture(scope="module")
def gwent(desk: Desk, service_engine: Callable[[str], Engine]) -> Iterator[httpx.Client]:
    """An honest node, called directly."""
    engine = desk.engines["node"] = service_engine("node")
    app = ndsc.node.app.create(
        engine=engine,
        force="gwent",
        decider=RegopyDecider(),
        trusted=lambda: {desk.issuer.kid: desk.issuer.public},
        audit=AuditLog(engine, "test/gwent"),
    )
    desk.node("gwent", app)
    with desk.sockets.client("node-gwent") as client:
        yield client
    desk.sockets.stop("node-gwent")


@pytest.fixture(scope="module")
def taken(desk: Desk) -> dict[str, str]:
    """What a node of Kent, which keeps it, is shown in a search."""
    kept: dict[str, str] = {}

    def keep(received: Request) -> Response:
        kept.update({name: received.headers[name] for name in ("authorization", "dpop")})
        return JSONResponse({"force": "kent", "status": "nothing"})

    desk.lead_to(["kent"], RHYS)
    desk.node("kent", Starlette(routes=[Route(PATH, keep, methods=["POST"])]))
    desk.search(RHYS)
    assert set(kept) == {"authorization", "dpop"}
    return kept


def test_the_gateway_and_the_officers_own_client_are_let_in(desk: Desk, gwent: httpx.Client) -> None:
    for prover in (GATEWAY, CLIENT):
        shown = headers(desk.officer(), NODE, "POST", PATH, prover=prover)
        assert gwent.post(PATH, json=SEARCH, headers=shown).status_code == 200


def test_at_another_node(gwent: httpx.Client, taken: dict[str, str]) -> None:
    assert gwent.post(PATH, json=SEARCH, headers=taken).status_code == 401


def test_at_the_gateway(desk: Desk, taken: dict[str, str]) -> None:
    body = {"query": RHYS.model_dump(mode="json", exclude_none=True), **GROUNDS}
    refused = desk.http.post(PATH, json=body, headers=taken)
    assert (refused.status_code, refused.json()["detail"]) == (401, "The token is not accepted.")


def test_at_the_gateway_even_by_the_gateways_own_proof_of_it(desk: Desk) -> None:
    """Were a node to make it prove: what the gateway shows is its right at nodes and not at itself."""
    body = {"query": RHYS.model_dump(mode="json", exclude_none=True), **GROUNDS}
    shown = headers(desk.officer(), "gateway", "POST", PATH, prover=GATEWAY)
    assert desk.http.post(PATH, json=body, headers=shown).status_code == 401


@pytest.mark.parametrize("scheme", ["DPoP", "Bearer"])
@pytest.mark.parametrize("part", ["registry", "evaluator"])
def test_at_the_index(desk: Desk, taken: dict[str, str], part: str, scheme: str) -> None:
    token = taken["authorization"].partition(" ")[2]
    shown = {**taken, "authorization": f"{scheme} {token}"}
    path, body = ("/v1/lookup", {"tokens": ["A" * 43]}) if part == "registry" else ("/v1/evaluate", {"elements": []})
    with desk.sockets.client(part) as client:
        assert client.post(path, json=body, headers=shown).status_code == 401


def test_for_another_request_of_the_same_node(desk: Desk, gwent: httpx.Client) -> None:
    shown = headers(desk.officer(), NODE, "POST", PATH, prover=GATEWAY)
    assert gwent.get("/v1/records/gwent.p.mfrggzdfmztwq2lk", params=GROUNDS, headers=shown).status_code == 401


def _without_proof(desk: Desk) -> dict[str, str]:
    return {"Authorization": f"DPoP {desk.officer()}"}


def _as_a_bearers(desk: Desk) -> dict[str, str]:
    return {"Authorization": f"Bearer {desk.officer()}"}


def _by_another_key(desk: Desk) -> dict[str, str]:
    return headers(desk.officer(), NODE, "POST", PATH, prover=Prover(SigningKey.generate()))


def _of_another_officers_token(desk: Desk) -> dict[str, str]:
    proof = GATEWAY.proof(desk.officer(), "POST", target(NODE, PATH))
    return {"Authorization": f"DPoP {token_for(desk.issuer, officer(sub='pc2'))}", "DPoP": proof}


def _made(desk: Desk, **ago: float) -> dict[str, str]:
    key = SigningKey.generate()
    token = token_for(desk.issuer, officer(), gateway=key.public.thumbprint())
    proof = prove(key, token, "POST", target(NODE, PATH), datetime.now(UTC) - timedelta(**ago))
    return {"Authorization": f"DPoP {token}", "DPoP": proof}


def _too_late(desk: Desk) -> dict[str, str]:
    return _made(desk, seconds=61)


def _too_early(desk: Desk) -> dict[str, str]:
    return _made(desk, seconds=-45)


@pytest.mark.parametrize(
    "shown",
    [
        _without_proof,
        _as_a_bearers,
        _by_another_key,
        _of_another_officers_token,
        _too_late,
        _too_early,
    ],
)
def test_what_does_not_prove_the_key_that_the_token_names_is_refused(
    desk: Desk, gwent: httpx.Client, shown: Callable[[Desk], dict[str, Any]]
) -> None:
    assert gwent.post(PATH, json=SEARCH, headers=_made(desk)).status_code == 200
    refused = gwent.post(PATH, json=SEARCH, headers=shown(desk))
    assert refused.status_code == 401
    assert "DPoP" in refused.headers["WWW-Authenticate"]


def test_two_proofs_are_none(desk: Desk, gwent: httpx.Client) -> None:
    shown = [*headers(desk.officer(), NODE, "POST", PATH).items()]
    assert gwent.post(PATH, json=SEARCH, headers=[*shown, shown[-1]]).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "protect-life-and-property"},
        {"justification": "Something that sounds better"},
        {"reference": "62/000001/25"},
        {"legal_basis": "A power that was not relied on"},
        {"justification": ""},
    ],
)
def test_a_gateway_that_states_other_grounds_than_the_officer_is_refused(
    desk: Desk, gwent: httpx.Client, changes: dict[str, str]
) -> None:
    before = AuditLog(desk.engines["node"], "test/gwent").head().size
    shown = headers(desk.officer(), NODE, "POST", PATH, prover=GATEWAY)
    assert gwent.post(PATH, json=SEARCH, headers=shown).status_code == 200
    refused = gwent.post(PATH, json={**SEARCH, **changes}, headers=shown)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:ndsc:problem:grounds-differ")
    for path in ("/v1/records/gwent.p.mfrggzdfmztwq2lk", "/v1/records/gwent.p.mfrggzdfmztwq2lk/decision"):
        shown = headers(desk.officer(), NODE, "GET", path, prover=GATEWAY)
        assert gwent.get(path, params=GROUNDS, headers=shown).status_code == 404
        assert gwent.get(path, params={**GROUNDS, **changes}, headers=shown).status_code == 403
    assert AuditLog(desk.engines["node"], "test/gwent").head().size == before + 3, "only what was asked on its grounds"


@pytest.mark.parametrize("changes", [{"purpose": "prevent-crime"}, {"justification": "Something else altogether"}])
def test_the_gateway_takes_a_token_for_its_grounds_alone(desk: Desk, changes: dict[str, str]) -> None:
    with pytest.raises(RemoteProblemError) as refused:
        desk.asked_by(lambda _: desk.officer()).search(request(RHYS, **changes))
    assert (refused.value.status, refused.value.code) == (403, "grounds-differ")
    with pytest.raises(RemoteProblemError) as refused:
        desk.asked_by(lambda _: desk.officer()).show("gwent.p.mfrggzdfmztwq2lk", {**GROUNDS, **changes})
    assert refused.value.code == "grounds-differ"


def test_what_a_screen_cannot_show_is_no_part_of_the_grounds(desk: Desk) -> None:
    """A line end typed into a justification is a space to all parts, in the token too."""
    desk.lead_to([], RHYS)
    assert desk.search(RHYS, justification="Named by\na witness \u202e").forces == ()
