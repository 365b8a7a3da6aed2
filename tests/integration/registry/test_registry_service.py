"""The registry over HTTP and on its own database: who is told what, and what is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from tests.integration.registry.conftest import PEPPER, Running

from ndsc.audit.verify import verify
from ndsc.embedded.serving import Sockets
from ndsc.index.encoding import encode
from ndsc.model.pole import Kind
from ndsc.registry.app import create
from ndsc.registry.client import RegistryClient
from ndsc.registry.errors import WrongPepperError
from ndsc.registry.pepper import Pepper
from ndsc.registry.schemas import Dataset, Holder, Withdrawn
from ndsc.registry.service import Registry
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import issue_service
from ndsc.web.client import RemoteProblemError


def made_up(name: str) -> bytes:
    """A token."""
    return hashlib.sha256(name.encode()).digest()


def test_holders_are_named_with_the_tokens_they_hold_by_place(running: Running) -> None:
    ann, car = made_up("ann"), made_up("car")
    running.node("gwent").put("gwent", [(ann, "person", "visible")], [])
    running.node("kent").put("kent", [(ann, "person", "visible"), (car, "object", "visible")], [])
    assert running.lookup([made_up("nobody"), ann, car, ann]).holders == (
        Holder(force="gwent", tokens=(1, 3), kinds=(Kind.PERSON,)),
        Holder(force="kent", tokens=(1, 2, 3), kinds=(Kind.OBJECT, Kind.PERSON)),
    )


def test_more_tokens_than_fit_one_request_keep_their_places(running: Running) -> None:
    last = made_up("last")
    running.node("kent").put("kent", [(last, "event", "visible")], [])
    asked = [made_up(f"none {number}") for number in range(450)] + [last]
    assert running.lookup([last, *asked]).holders == (Holder(force="kent", tokens=(0, 451), kinds=(Kind.EVENT,)),)


def test_the_same_change_twice_is_no_other(running: Running) -> None:
    token = made_up("twice")
    node = running.node("dorset")
    assert node.put("dorset", [(token, "person", "visible")], []).added == 1
    before = node.digest("dorset")
    assert node.put("dorset", [(token, "person", "visible"), (token, "person", "visible")], []).added == 0
    assert node.digest("dorset") == before
    assert node.put("dorset", [], [(token, "person")]).removed == 1
    assert node.put("dorset", [], [(token, "person")]).removed == 0
    assert node.digest("dorset").entries == 0


def test_a_silent_entry_is_told_to_its_owner_and_not_to_the_searcher(running: Running) -> None:
    token = made_up("silent")
    node = running.node("cumbria")
    node.put("cumbria", [(token, "person", "silent")], [])
    assert running.lookup([token]) == running.lookup([made_up("nothing at all")])
    notices = node.notices("cumbria").notices
    assert [notice.kind for notice in notices] == [Kind.PERSON]
    assert notices[0].request_id
    assert node.notices("cumbria", after=notices[-1].id).notices == ()
    assert running.lookup([token], searcher="kent").holders == ()
    noticed = node.notices("cumbria").notices
    assert [holder.force for holder in running.lookup([token], searcher="cumbria").holders] == ["cumbria"]
    assert node.notices("cumbria").notices == noticed, "its own officers' searches are no news to it"
    assert running.node("kent").notices("kent").notices == ()
    node.put("cumbria", [(token, "person", "visible")], [])
    assert [holder.force for holder in running.lookup([token]).holders] == ["cumbria"]


def test_a_rebuild_gives_the_same_bytes_and_drops_what_is_no_more(running: Running) -> None:
    node = running.node("essex")
    entries = [(made_up(f"essex {number}"), "person", "visible") for number in range(6_000)]
    node.put("essex", entries, [])
    honest = node.digest("essex")
    assert node.rebuild("essex", iter(reversed(entries))) == honest
    node.put("essex", [(made_up("stray"), "person", "visible"), (entries[0][0], "person", "silent")], [])
    assert node.digest("essex") != honest
    assert node.rebuild("essex", entries) == honest == node.digest("essex")
    assert running.lookup([made_up("stray")]).holders == ()
    assert node.rebuild("essex", []).entries == 0


@pytest.mark.parametrize("caller", ["node", "operator"])
def test_all_that_a_force_lists_is_withdrawn_and_nothing_of_any_other(running: Running, caller: str) -> None:
    token, node = made_up("withdrawn"), running.node("durham")
    for force in ("durham", "suffolk"):
        running.node(force).put(force, [(token, "person", "visible"), (made_up("silent too"), "person", "silent")], [])
        running.node(force).tell_catalogue(force, [Dataset(kind=Kind.PERSON, category="nominal", records=2)])
    asking = node if caller == "node" else running.caller(caller)
    assert asking.listed("durham")
    assert {"durham", "suffolk"} <= set(running.caller("operator").forces().forces)
    assert asking.withdraw("durham") == Withdrawn(entries=2, datasets=1)
    assert [holder.force for holder in running.lookup([token]).holders] == ["suffolk"]
    assert "durham" not in {line.force for line in node.catalogue().datasets}
    assert not asking.listed("durham")
    forces = running.caller("operator").forces().forces
    assert "durham" not in forces
    assert list(forces) == sorted(set(forces))
    assert asking.withdraw("durham") == Withdrawn(entries=0, datasets=0)
    last = list(running.audit.entries())[-1].entry
    assert (last.operation.value, last.actor, last.detail) == ("erasure", caller, {"entries": 0, "datasets": 0})
    node.put("durham", [(token, "person", "visible")], [])
    assert [holder.force for holder in running.lookup([token]).holders] == ["durham", "suffolk"]
    node.withdraw("durham")


def test_a_rebuild_that_was_open_when_all_was_withdrawn_brings_nothing_back(running: Running) -> None:
    node = running.node("gloucestershire")

    def withdrawn() -> object:
        yield made_up("first"), "person", "visible"
        node.withdraw("gloucestershire")

    with pytest.raises(RemoteProblemError) as refused:
        node.rebuild("gloucestershire", withdrawn())  # type: ignore[arg-type]
    assert refused.value.code == "no-such-rebuild"


def test_a_rebuild_replaces_nothing_before_it_is_committed(running: Running) -> None:
    node = running.node("surrey")
    token = made_up("surrey")
    node.put("surrey", [(token, "person", "visible")], [])

    def interrupted() -> object:
        yield made_up("first"), "person", "visible"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        node.rebuild("surrey", interrupted())  # type: ignore[arg-type]
    assert [holder.force for holder in running.lookup([token]).holders] == ["surrey"]
    assert running.lookup([made_up("first")]).holders == ()
    assert node.rebuild("surrey", [(made_up("second"), "person", "visible")]).entries == 1


def test_a_rebuild_that_a_change_overtook_is_refused(running: Running) -> None:
    node = running.node("devon-and-cornwall")
    force = "devon-and-cornwall"

    def overtaken() -> object:
        yield made_up("first"), "person", "visible"
        node.put(force, [(made_up("meanwhile"), "person", "visible")], [])

    with pytest.raises(RemoteProblemError) as refused:
        node.rebuild(force, overtaken())  # type: ignore[arg-type]
    assert (refused.value.status, refused.value.code) == (409, "rebuild-overtaken")
    assert len(running.lookup([made_up("meanwhile")]).holders) == 1


def test_an_unknown_rebuild_and_another_force_s_are_not_there(running: Running) -> None:
    headers = {"Authorization": f"Bearer {running.token(force='kent')}"}
    opened = running.http.post(
        "/v1/forces/gwent/rebuild", headers={"Authorization": f"Bearer {running.token(force='gwent')}"}
    ).json()["id"]
    answer = running.http.post(f"/v1/forces/kent/rebuild/{opened}/commit", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:ndsc:problem:no-such-rebuild")


def test_a_node_speaks_for_its_own_force_alone(running: Running) -> None:
    kent = running.node("kent")
    entry = (made_up("x"), "person", "visible")
    for attempt in (
        lambda: kent.put("gwent", [entry], []),
        lambda: kent.rebuild("gwent", [entry]),
        lambda: kent.digest("gwent"),
        lambda: kent.listed("gwent"),
        lambda: kent.withdraw("gwent"),
        lambda: running.caller("gateway").withdraw("gwent"),
        kent.forces,
        lambda: kent.notices("gwent"),
        lambda: kent.tell_catalogue("gwent", []),
        lambda: running.caller("gateway").put("gwent", [entry], []),
        lambda: running.lookup([made_up("x")], service="node"),
        lambda: running.lookup([made_up("x")], service="operator"),
    ):
        with pytest.raises(RemoteProblemError) as refused:
            attempt()
        assert (refused.value.status, refused.value.code) == (403, "caller-refused")


def test_a_token_made_for_another_service_or_by_another_key_is_refused(running: Running) -> None:
    for token in (
        running.token("gateway", None, audience="evaluator"),
        issue_service(SigningKey.generate(), "gateway", None, "registry"),
        "nonsense",
    ):
        answer = running.http.post(
            "/v1/lookup", json={"tokens": [encode(made_up("x"))]}, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 401


def test_the_catalogue_says_what_each_force_said_last(running: Running) -> None:
    node = running.node("norfolk")
    crime = Dataset(kind=Kind.EVENT, category="crime", records=12)
    node.tell_catalogue("norfolk", [crime, Dataset(kind=Kind.PERSON, category="nominal", records=3)])
    node.tell_catalogue("norfolk", [crime])
    lines = [line for line in running.caller("operator").catalogue().datasets if line.force == "norfolk"]
    assert [(line.category, line.records) for line in lines] == [("crime", 12)]


def test_a_lost_pepper_is_noticed(running: Running) -> None:
    with pytest.raises(WrongPepperError):
        Registry(running.engine, Pepper.generate(), running.audit)


@contextmanager
def strict(running: Running) -> Iterator[httpx.Client]:
    """A registry of a test's own over the same database, with quotas that are soon used up."""
    small = Registry(
        running.engine,
        PEPPER,
        running.audit,
        per_minute={"node": 5, "gateway": 50},
        calls_per_minute=5,
        digests_per_minute=2,
    )
    sockets = Sockets()
    sockets.start("registry", create(small, trusted=lambda: {running.signing.kid: running.signing.public}))
    try:
        with sockets.client("registry") as http:
            yield http
    finally:
        sockets.close()


def test_the_gateway_has_a_quota(running: Running) -> None:
    headers = {"Authorization": f"Bearer {running.token('gateway', None)}"}
    body = {"tokens": [encode(made_up(str(number))) for number in range(20)]}
    with strict(running) as http:
        statuses = [http.post("/v1/lookup", json=body, headers=headers).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


@pytest.mark.parametrize(
    "ask",
    [
        lambda node: node.digest("clwyd"),
        lambda node: node.rebuild("clwyd", ()),
        lambda node: node.withdraw("clwyd"),
        lambda node: node.listed("clwyd"),
        lambda node: node.notices("clwyd"),
        lambda node: node.catalogue(),
        lambda node: node.tell_catalogue("clwyd", ()),
        lambda node: node.put("clwyd", (), [(made_up("a"), "person")]),
    ],
    ids=["digest", "rebuild", "withdraw", "listed", "notices", "catalogue", "tell", "put"],
)
def test_every_call_counts_and_reading_all_of_a_forces_entries_counts_most(
    running: Running, ask: Callable[[RegistryClient], object]
) -> None:
    with strict(running) as http:
        node = RegistryClient(http, lambda: running.token("node", "clwyd"))
        with pytest.raises(RemoteProblemError) as refused:
            [ask(node) for _ in range(6)]
        other = RegistryClient(http, lambda: running.token("node", "cumbria"))
        assert other.digest("cumbria").force == "cumbria"
    assert (refused.value.status, refused.value.code) == (429, "quota-exceeded")


def test_everything_was_written_down_and_the_log_is_whole(running: Running) -> None:
    token, node, before = made_up("written down"), running.node("surrey"), running.audit.head().size
    node.put("surrey", [(token, "person", "visible")], [])
    running.lookup([token])
    node.put("surrey", [(made_up("another"), "person", "visible")], [(token, "person")])
    node.put("surrey", [], [(made_up("another"), "person")])
    written = [stored.entry.operation.value for stored in running.audit.entries() if stored.seq >= before]
    assert written == ["collection", "consultation", "alteration", "erasure"]
    assert verify(running.audit).intact
