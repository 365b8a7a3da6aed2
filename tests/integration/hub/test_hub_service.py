"""The hub over real HTTP: who is told, what is not sent twice, and how news are waited for."""

from __future__ import annotations

import threading
import time

import httpx
import pytest
from tests.integration.hub.conftest import Served, token
from tests.openapi import attempts, bearer, keeps_to_document

from ndsc.errors import UnavailableError
from ndsc.hub.app import create
from ndsc.hub.client import HubClient
from ndsc.hub.schemas import NetworkNode, NetworkState
from ndsc.hub.service import Hub
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import issue_service
from ndsc.web.client import RemoteProblemError

KENT = NetworkNode(force="kent", name="kent", url="https://kent.kent.svc")
FIRST = NetworkState.of(nodes=[KENT])
SECOND = NetworkState.of(nodes=[KENT.model_copy(update={"hibernated": True})])


def asked(served: Served, **headers: str) -> httpx.Response:
    return served.http.get("/v1/network", headers={"Authorization": f"Bearer {token()}", **headers})


def test_before_everything_was_read_nothing_is_told(served: Served) -> None:
    assert served.http.get("/readyz").status_code == 503
    assert asked(served).json()["type"].endswith("network-not-read")
    served.hub.publish(FIRST)
    assert served.http.get("/readyz").status_code == 200
    assert served.client().network() == FIRST


def test_what_the_caller_has_is_not_sent_again(served: Served) -> None:
    served.hub.publish(FIRST)
    first = asked(served)
    assert first.headers["ETag"] == f'"{FIRST.revision}"'
    again = asked(served, **{"If-None-Match": f'W/"x", {first.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert served.client().network(FIRST.revision) is None
    served.hub.publish(SECOND)
    assert served.client().network(FIRST.revision) == SECOND


def test_news_are_told_as_soon_as_there_are_any(served: Served) -> None:
    served.hub.publish(FIRST)
    threading.Timer(0.3, served.hub.publish, (SECOND,)).start()
    started = time.monotonic()
    assert served.client("gateway", None).network(FIRST.revision, wait=20) == SECOND
    assert 0.2 < time.monotonic() - started < 2


def test_without_news_the_wait_ends_when_it_was_asked_to(served: Served) -> None:
    served.hub.publish(FIRST)
    started = time.monotonic()
    answer = asked(served, **{"If-None-Match": f'"{FIRST.revision}"', "Prefer": "respond-async, wait=1"})
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (304, "wait=1")
    assert 0.9 < time.monotonic() - started < 3
    assert served.hub.waiting == 0


def test_whoever_waits_is_let_go_when_the_hub_ends(served: Served) -> None:
    served.hub.publish(FIRST)
    threading.Timer(0.2, served.hub.close).start()
    started = time.monotonic()
    assert served.client().network(FIRST.revision, wait=20) is None
    assert time.monotonic() - started < 2


def test_when_too_many_wait_the_next_is_answered_at_once(served: Served) -> None:
    served.restart(Hub(most_waiting=0))
    served.hub.publish(FIRST)
    started = time.monotonic()
    assert served.client().network(FIRST.revision, wait=20) is None
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("service", ["operator", "registry", "evaluator", "loader", "hub"])
def test_only_nodes_and_the_gateway_are_told(served: Served, service: str) -> None:
    served.hub.publish(FIRST)
    with pytest.raises(RemoteProblemError) as caught:
        served.client(service, None).network()
    assert caught.value.status == 403


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer x",
        f"Bearer {token(audience='registry')}",
        f"Bearer {issue_service(SigningKey.generate(), 'node', 'kent', 'hub')}",
    ],
)
def test_nobody_is_told_without_a_token_for_the_hub(served: Served, authorization: str) -> None:
    served.hub.publish(FIRST)
    assert served.http.get("/v1/network", headers={"Authorization": authorization}).status_code == 401


def test_one_force_s_nodes_cannot_ask_without_end(served: Served) -> None:
    served.restart(Hub(calls_per_minute=3))
    served.hub.publish(FIRST)
    client = served.client()
    for _ in range(3):
        client.network()
    with pytest.raises(RemoteProblemError) as caught:
        client.network()
    assert caught.value.status == 429
    assert served.client(force="essex").network() == FIRST


def test_a_state_that_cannot_be_read_is_no_state() -> None:
    later = FIRST.dump() | {"unknown": True}

    def answers(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=later)

    http = httpx.Client(transport=httpx.MockTransport(answers), base_url="http://hub")
    with http, pytest.raises(UnavailableError):
        HubClient(http, token).network()


def test_every_operation_keeps_to_its_document() -> None:
    hub, key = Hub(), SigningKey.generate()
    hub.publish(FIRST)
    app = create(hub, trusted=lambda: {key.kid: key.public})
    for attempt in attempts(app):
        keeps_to_document(app, attempt, bearer(lambda: issue_service(key, "node", "kent", "hub")), examples=8)
