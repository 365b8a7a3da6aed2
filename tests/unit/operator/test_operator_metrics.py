"""What the operator measures: rounds and their errors, what waits, how resources stand, what it asks the API server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from kubernetes.aio.client import Configuration, CoreV1Api
from kubernetes.aio.client.exceptions import ApiException
from prometheus_client.parser import text_string_to_metric_families as families

from ndsc_operator import conditions
from ndsc_operator.applying import Unwell
from ndsc_operator.health import answering
from ndsc_operator.metrics import CountedClient, Metrics
from ndsc_operator.queue import Again, TemporaryError, WorkQueue

Samples = dict[str, float]
OWN = "ndsc_operator_"


def samples(metrics: Metrics, **labels: str) -> Samples:
    """Its own samples with these labels, by name and by what other labels they have."""
    found = {}
    for family in families(metrics.text().decode()):
        for one in family.samples:
            if one.name.startswith(OWN) and not one.name.endswith("_created") and labels.items() <= one.labels.items():
                rest = ",".join(value for name, value in sorted(one.labels.items()) if name not in labels)
                found[f"{one.name.removeprefix(OWN)}({rest})"] = one.value
    return found


def test_a_round_is_timed_by_kind_and_one_that_failed_is_counted_by_its_reason() -> None:
    metrics, tries = Metrics(), iter((TemporaryError("no", reason="ForceMissing"), KeyError("bug"), None))

    async def work(_: str) -> Again | None:
        error = next(tries)
        if error is not None:
            raise error
        return None

    async def scenario() -> None:
        queue = WorkQueue(work, told=metrics.rounds("DataNode"))
        for _ in range(3):
            queue.wake("kent")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(queue.run(), 0.05)

    asyncio.run(scenario())
    found = samples(metrics, kind="DataNode")
    assert found["reconcile_seconds_count()"] == 3
    assert found["errors_total(ForceMissing)"] == found["errors_total(Unexpected)"] == 1


@pytest.mark.parametrize("permanent", [True, False])
def test_what_makes_a_resource_unwell_is_the_reason_that_its_round_is_counted_by(permanent: bool) -> None:
    error = Unwell(conditions.FORCE_MISSING, "There is no Force kent.", permanent=permanent).error(within=3)
    assert (error.reason, error.within) == ("ForceMissing", 3)


def test_a_kind_that_nothing_was_done_for_is_shown_too() -> None:
    metrics = Metrics()
    metrics.rounds("Force")
    assert samples(metrics, kind="Force")["reconcile_seconds_count()"] == 0


def test_how_many_wait_is_seen_whenever_it_is_asked() -> None:
    async def scenario() -> tuple[Samples, Samples]:
        async def work(_: str) -> None: ...

        metrics, queue = Metrics(), WorkQueue(work)
        metrics.waiting("Force", queue.waiting)
        before = samples(metrics)
        queue.wake("kent")
        queue.wake("essex")
        return before, samples(metrics)

    before, after = asyncio.run(scenario())
    assert (before["queue_depth(Force)"], after["queue_depth(Force)"]) == (0, 2)


def force(name: str, **ready: str) -> Mapping[str, Any]:
    condition = {"type": "Ready", **ready}
    return {"kind": "Force", "metadata": {"name": name}, "status": {"conditions": [condition] if ready else []}}


def test_resources_are_counted_by_their_conditions_and_one_that_is_gone_is_not() -> None:
    metrics = Metrics()
    metrics.conditions.heard(dict(force("kent")), gone=False)
    for name in ("kent", "essex", "gwent"):
        metrics.conditions.heard(dict(force(name, status="True", reason="Available")), gone=False)
    metrics.conditions.heard(dict(force("essex", status="False", reason="Refused")), gone=False)
    metrics.conditions.heard(dict(force("gwent")), gone=True)
    found = samples(metrics, kind="Force", condition="Ready")
    assert found == {"resources(Available,True)": 1, "resources(Refused,False)": 1}


def test_a_replica_that_only_waits_says_that_it_does_not_lead() -> None:
    metrics = Metrics()
    before = samples(metrics)["leader()"]
    metrics.leads()
    assert (before, samples(metrics)["leader()"]) == (0, 1)


def test_what_the_api_server_is_asked_is_counted_by_how_it_answered() -> None:
    metrics = Metrics()

    async def scenario() -> None:
        async def answer(request: web.Request) -> web.Response:
            return web.json_response({"items": []}, status=404 if "gone" in request.path else 200)

        app = web.Application()
        app.add_routes([web.get("/api/v1/namespaces/{name}/pods", answer)])
        async with TestServer(app) as server:
            where = Configuration(host=str(server.make_url("")).rstrip("/"))
            async with CountedClient(metrics, where) as client:
                await CoreV1Api(client).list_namespaced_pod("kent")
                with pytest.raises(ApiException):
                    await CoreV1Api(client).list_namespaced_pod("gone")
                await server.close()
                with pytest.raises(aiohttp.ClientError):
                    await CoreV1Api(client).list_namespaced_pod("kent")

    asyncio.run(scenario())
    assert samples(metrics, method="GET") == {
        "requests_total(200)": 1,
        "requests_total(404)": 1,
        "requests_total(none)": 1,
    }


def test_it_is_read_where_the_kubelet_asks_whether_the_operator_lives() -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]

    async def scenario() -> tuple[str, str]:
        async with (
            answering(port, Metrics()),
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/metrics") as answer,
        ):
            return answer.headers["Content-Type"], await answer.text()

    media_type, text = asyncio.run(scenario())
    assert media_type.startswith("text/plain; version=")
    assert {"ndsc_operator_leader", "ndsc_build_info", "process_resident_memory_bytes"} <= {
        family.name for family in families(text)
    }
