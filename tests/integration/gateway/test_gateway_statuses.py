"""A line for each force asked, however its node behaves: never an error, never late, and nobody speaks for another."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp
from tests import network as small
from tests.asking import officer, token_for
from tests.integration.gateway.conftest import Desk

from ndsc.gateway import asking
from ndsc.gateway.schemas import ForceAnswer, ForceStatus
from ndsc.model.pole import Person
from ndsc.node.schemas import MAX_LINKS, MAX_RECORD_BYTES, FoundLink
from ndsc.trust.keys import SigningKey
from ndsc.web.client import RemoteProblemError

RHYS = Person(given_name="Rhys", surname="Pugh", date_of_birth="1980-02-03")
Answer = Callable[[Request], Response] | Callable[[Request], Awaitable[Response]]


def record(force: str = "kent", **changes: Any) -> dict[str, Any]:
    """A found record as a node sends it."""
    return {
        "id": f"{force}.p.mfrggzdfmztwq2lk",
        "force": force,
        "kind": "person",
        "body": RHYS.model_dump(mode="json", exclude_none=True),
        "source_system": "nominals",
        "source_reference": "S1",
        "recorded_at": "2025-01-03T00:00:00Z",
        "updated_at": "2025-01-03T00:00:00Z",
        "provenance": {"connector": "nominals 1"},
        "retention_group": "3",
        "review_on": "2045-01-03",
        "decision": {"rule": "agreement/opens", "agreement": "kent-and-others", "sentence": "Shown."},
        **changes,
    }


def answering(**content: Any) -> ASGIApp:
    return serving(lambda _: JSONResponse(content))


def serving(answer: Answer) -> ASGIApp:
    return Starlette(routes=[Route("/v1/search", answer, methods=["POST"])])


async def _hangs(_: Request) -> Response:
    await asyncio.sleep(30)
    return JSONResponse({})


async def _fails(_: Request) -> Response:
    raise RuntimeError("Rhys Pugh")


def line(desk: Desk, app: ASGIApp | None, **changes: Any) -> tuple[ForceAnswer, ...]:
    """The lines of a search that the index leads to Kent, where this node answers."""
    desk.lead_to(["kent"], RHYS)
    desk.node("kent", app)
    return desk.search(RHYS, **changes).forces


def test_answered(desk: Desk) -> None:
    (kent,) = line(desk, answering(force="kent", status="answered", records=[record()]))
    assert (kent.status, kent.records) == (ForceStatus.ANSWERED, 1)


def test_denied_with_the_reason(desk: Desk) -> None:
    refusal = {"rule": "agreement/none", "sentence": "No agreement opens it.", "count": 2}
    (kent,) = line(desk, answering(force="kent", status="denied", refusals=[refusal], refused_count=2))
    assert kent.status is ForceStatus.DENIED
    assert [one.sentence for one in kent.refusals] == ["No agreement opens it."]


def test_nothing_held_where_everybody_was_asked(desk: Desk) -> None:
    desk.asked.clear()
    desk.node("kent", answering(force="kent", status="nothing"))
    protecting = {"purpose": "protect-life-and-property", "ask_every_force": True}
    client = desk.asked_by(lambda grounds: token_for(desk.issuer, officer(clearance=2), grounds))
    answer = client.search(small.request(Person(given_name="Rhys"), **protecting))
    assert [(one.force, one.status) for one in answer.forces] == [("kent", ForceStatus.NOTHING_HELD)]


def test_a_force_that_the_index_led_to_and_that_says_nothing_has_no_line(desk: Desk) -> None:
    assert line(desk, answering(force="kent", status="nothing")) == ()


def test_a_node_that_hangs_times_out_by_the_deadline(desk: Desk) -> None:
    started = time.monotonic()
    (kent,) = line(desk, serving(_hangs), deadline_ms=400)
    assert kent.status is ForceStatus.TIMED_OUT
    assert time.monotonic() - started < 3


def test_a_node_that_is_down_is_unreachable(desk: Desk) -> None:
    (kent,) = line(desk, None)
    assert kent.status is ForceStatus.UNREACHABLE


def test_a_holder_that_the_network_does_not_know_is_unreachable(desk: Desk) -> None:
    desk.asked.clear()
    desk.lead_to(["kent"], RHYS)
    (kent,) = desk.search(RHYS).forces
    assert kent.status is ForceStatus.UNREACHABLE


@pytest.mark.parametrize(
    "response",
    [
        Response("<html>busy</html>", media_type="text/html"),
        Response(b"\xff\xfe\x00", media_type="application/json"),
        Response("[" * 100_000, media_type="application/json"),
        JSONResponse([]),
        JSONResponse({"force": "kent", "status": "perhaps"}),
        JSONResponse({"force": "kent", "status": "answered", "records": [{"id": "kent.p.mfrggzdfmztwq2lk"}]}),
        JSONResponse({"detail": "Rhys Pugh"}, status_code=500),
        JSONResponse({"detail": "gone"}, status_code=404),
        Response(status_code=204),
        Response(status_code=302, headers={"location": "http://elsewhere.example"}),
        Response(b"", headers={"content-encoding": "gzip", "content-length": "0"}),
        Response(b"not gzip", headers={"content-encoding": "gzip"}),
    ],
    ids=lambda response: f"{response.status_code}-{response.body[:12]!r}",
)
def test_a_node_that_answers_garbage_is_unreachable(desk: Desk, response: Response) -> None:
    (kent,) = line(desk, serving(lambda _: response))
    assert (kent.status, kent.records) == (ForceStatus.UNREACHABLE, 0)
    assert "Pugh" not in kent.detail


@pytest.mark.parametrize(
    "answer",
    [
        {"force": "gwent", "status": "answered", "records": [record()]},
        {"force": "kent", "status": "answered", "records": [record("gwent")]},
        {"force": "kent", "status": "answered", "records": [record(), record(force="gwent")]},
        {"force": "kent", "status": "answered", "records": [record(id="gwent.p.mfrggzdfmztwq2lk")]},
        {"force": "kent", "status": "answered", "records": [record(kind="event")]},
        {"force": "kent", "status": "answered", "records": [record(body={"kind": "event", "title": "A fair"})]},
        {"force": "kent", "status": "answered", "records": [record()] * 51},
    ],
)
def test_a_node_that_speaks_for_others_or_of_other_things_is_not_believed(desk: Desk, answer: dict[str, Any]) -> None:
    (kent,) = line(desk, answering(**answer))
    assert (kent.status, kent.records) == (ForceStatus.UNREACHABLE, 0)


def test_one_bad_node_spoils_nobody_elses_answer(desk: Desk) -> None:
    desk.lead_to(["kent", "gwent", "durham", "surrey"], RHYS)
    desk.node("kent", answering(force="kent", status="answered", records=[record()]))
    desk.node("gwent", serving(_fails))
    desk.node("durham", serving(_hangs))
    desk.node("surrey", None)
    answer = desk.search(RHYS, deadline_ms=600)
    assert {one.force: one.status.value for one in answer.forces} == {
        "kent": "answered",
        "gwent": "unreachable",
        "durham": "timed-out",
        "surrey": "unreachable",
    }
    assert [group.forces for group in answer.groups] == [("kent",)]
    assert not answer.complete


def test_a_node_that_answers_more_than_its_records_can_come_to_is_read_no_further(desk: Desk) -> None:
    sent = 0

    async def more_and_more() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100_000_000:
            sent += 64 * 1024
            yield b" " * 64 * 1024
            await asyncio.sleep(0)

    (kent,) = line(desk, serving(lambda _: StreamingResponse(more_and_more(), media_type="application/json")), limit=2)
    assert (kent.status, kent.detail) == (ForceStatus.UNREACHABLE, "its answer is too large: ask for fewer records")
    assert sent < 100_000_000


def test_nodes_that_answer_too_much_together_leave_each_other_a_share(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_WHOLE_BYTES", 400_000)
    body = json.dumps({"force": "durham", "status": "answered", "records": [record("durham")]})
    desk.lead_to(["kent", "gwent", "durham"], RHYS)
    for force in ("kent", "gwent"):
        desk.node(force, serving(lambda _: Response(" " * 5_000_000, media_type="application/json")))

    async def slowly(_: Request) -> Response:
        await asyncio.sleep(0.3)
        return Response(body[:-1] + " " * 100_000 + "}", media_type="application/json")

    desk.node("durham", serving(slowly))
    lines = {one.force: (one.status.value, one.records) for one in desk.search(RHYS).forces}
    assert lines == {"kent": ("unreachable", 0), "gwent": ("unreachable", 0), "durham": ("answered", 1)}


def test_the_largest_record_that_a_node_can_give_has_room() -> None:
    """As people write: two bytes a letter for a Welsh or a Polish text are many."""
    text = "ŵ" * 10_000 + "w" * 10_000
    event = {"kind": "event", "summary": text, "sanitised_text": text[:10_000], "title": "x" * 200}
    given = FoundLink(
        id="kent.e.mfrggzdfmztwq2lk", force="kent", kind="event", body=event, role="involved-in", direction="to"
    )
    assert len(given.model_dump_json()) * (1 + MAX_LINKS) <= MAX_RECORD_BYTES


def test_an_officers_token_that_a_node_does_not_accept_is_a_denied_line(desk: Desk) -> None:
    refused = JSONResponse({"detail": "The token is not accepted."}, status_code=401)
    (kent,) = line(desk, serving(lambda _: refused))
    assert (kent.status, kent.detail) == (ForceStatus.DENIED, "The token is not accepted.")


@pytest.mark.parametrize("reason", ["expired", "another issuer's", "of a service"])
def test_a_token_that_is_not_accepted_asks_nobody(desk: Desk, reason: str) -> None:
    tokens = {
        "expired": desk.officer(now=datetime.now(UTC) - timedelta(hours=3)),
        "another issuer's": token_for(SigningKey.generate(), officer(clearance=4)),
        "of a service": desk.tokens("gateway", None, "ndsc")(),
    }
    with pytest.raises(RemoteProblemError) as refused:
        desk.asked_by(lambda _: tokens[reason]).search(small.request(RHYS))
    assert (refused.value.status, refused.value.message) == (401, "The token is not accepted.")


def test_a_gateway_that_the_index_does_not_believe_does_not_send_its_officer_to_sign_in(desk: Desk) -> None:
    kept = dict(desk.believed)
    desk.believed.clear()
    try:
        with pytest.raises(RemoteProblemError) as failed:
            desk.search(RHYS)
    finally:
        desk.believed.update(kept)
    assert (failed.value.status, failed.value.code) == (503, "index-unavailable")
    assert "token" not in failed.value.message
    assert "ign in" not in failed.value.message + failed.value.hint


@pytest.mark.parametrize("part", ["evaluator", "registry"])
@pytest.mark.parametrize("fault", ["down", "babbling"])
def test_an_index_that_does_not_answer_is_said_so_by_the_deadline(desk: Desk, part: str, fault: str) -> None:
    async def anything(scope: Any, receive: Any, send: Any) -> None:
        await JSONResponse({"elements": ["AAAA"], "holders": 7})(scope, receive, send)

    desk.lead_to(["kent"], RHYS)
    started = time.monotonic()
    if fault == "down":
        desk.sockets.stop(part)
    else:
        desk.sockets.start(part, anything)
    try:
        with pytest.raises(RemoteProblemError) as failed:
            desk.search(RHYS, deadline_ms=400)
    finally:
        desk.sockets.start(part, desk.apps[part])
    assert failed.value.code == "index-unavailable"
    assert time.monotonic() - started < 8


@pytest.mark.parametrize("part", ["evaluator", "registry"])
def test_a_deadline_that_is_over_before_the_index_answers_gives_a_partial_answer(desk: Desk, part: str) -> None:
    async def hangs(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(30)

    desk.asked.clear()
    desk.lead_to(["kent"], RHYS)
    desk.node("kent", answering(force="kent", status="answered", records=[record()]))
    desk.node("essex", answering(force="essex", status="nothing"))
    started = time.monotonic()
    desk.sockets.start(part, hangs)
    try:
        answer = desk.search(RHYS, deadline_ms=200)
    finally:
        desk.sockets.start(part, desk.apps[part])
    said = [(one.force, one.status) for one in answer.forces]
    assert said == [("essex", ForceStatus.NOT_ASKED), ("kent", ForceStatus.NOT_ASKED)], (
        "who holds something is not told"
    )
    assert not answer.complete
    assert time.monotonic() - started < 8
    entry = next(iter(desk.audit.entries(newest=True))).entry
    assert entry.detail["forces"] == "", "nobody was"


def test_a_refused_search_asks_nobody_and_is_written_down(desk: Desk) -> None:
    before = desk.audit.head().size
    with pytest.raises(RemoteProblemError) as refused:
        desk.search(RHYS, justification="x")
    assert (refused.value.status, refused.value.code) == (403, "search-refused")
    assert desk.audit.head().size == before + 1
