"""The hub as a process of its own: it reads the cluster's resources, and tells who may be told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.api_server import ApiServer
from tests.parts import Parts
from tests.resources import force_object, node_object

from ndsc.hub.client import HubClient
from ndsc.hub.schemas import NetworkState
from ndsc.storage.server import Server
from ndsc.trust.tokens import issue_service
from ndsc.web.client import RemoteProblemError


@pytest.fixture
def api_server() -> Iterator[ApiServer]:
    server = ApiServer()
    server.put(force_object("kent"))
    server.put(node_object("kent"))
    yield server
    server.close()


@pytest.fixture
def parts(tmp_path: Path, postgres: Server) -> Iterator[Parts]:
    made = Parts(tmp_path, postgres)
    yield made
    made.close()


def asking(parts: Parts, http: httpx.Client, service: str = "node") -> HubClient:
    leaf = parts.leaf(f"kent/{service}")
    return HubClient(http, lambda: issue_service(leaf.signing, service, "kent", "hub", certificate=leaf.der))


def kubeconfig(folder: Path, server: ApiServer) -> str:
    file = folder / "kubeconfig"
    file.write_text(
        f"""
apiVersion: v1
kind: Config
current-context: here
clusters: [{{name: here, cluster: {{server: "http://127.0.0.1:{server.port}"}}}}]
users: [{{name: me, user: {{}}}}]
contexts: [{{name: here, context: {{cluster: here, user: me}}}}]
"""
    )
    return str(file)


def test_it_tells_what_the_resources_say_and_lets_go_of_who_waits_when_it_ends(
    parts: Parts, api_server: ApiServer
) -> None:
    hub = parts.start("hub", KUBECONFIG=kubeconfig(parts.folder, api_server)).wait_until_ready()
    with parts.client(hub) as http:
        client = asking(parts, http)
        state = client.network()
        assert state is not None
        assert [(node.force, node.url) for node in state.nodes] == [("kent", "https://kent.kent.svc")]
        with pytest.raises(RemoteProblemError) as refused:
            asking(parts, http, "loader").network()
        assert refused.value.status == 403
        told: list[NetworkState | None] = []
        waiting = threading.Thread(target=lambda: told.append(client.network(state.revision, wait=30)))
        waiting.start()
        until = time.monotonic() + 10
        while "ndsc_hub_waiting 1.0" not in hub.probe("/metrics").text:
            assert time.monotonic() < until
        started = time.monotonic()
        assert hub.end() == 0
        waiting.join(timeout=10)
    assert told == [None]
    assert time.monotonic() - started < 15


def test_it_is_not_ready_before_it_has_read_everything(parts: Parts, api_server: ApiServer) -> None:
    api_server.failing = 503
    hub = parts.start("hub", KUBECONFIG=kubeconfig(parts.folder, api_server))
    until = time.monotonic() + 30
    while not (missing := hub.missing()):
        assert time.monotonic() < until
    assert any("every resource" in one for one in missing)
    assert hub.probe("/livez").status_code == 200
    api_server.failing = 0
    hub.wait_until_ready()
    assert hub.end() == 0
