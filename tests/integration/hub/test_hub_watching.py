"""The hub's watches against a server that cuts, forgets and fails: no change is missed, and nothing ends them."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator

import pytest
from tests.api_server import ApiServer
from tests.resources import agreement_object, force_object, node_object

from ndsc.errors import UnavailableError
from ndsc.hub import watching
from ndsc.hub.schemas import NetworkState
from ndsc.hub.watching import Watching
from ndsc.trust.keys import SigningKey


class Told:
    """What was published."""

    def __init__(self) -> None:
        self._states: queue.Queue[NetworkState] = queue.Queue()

    def __call__(self, state: NetworkState) -> None:
        self._states.put(state)

    def until(self, holds: Callable[[NetworkState], bool], *, seconds: float = 10) -> NetworkState:
        """The first state of which this holds."""
        while True:
            state = self._states.get(timeout=seconds)
            if holds(state):
                return state

    def nothing(self, *, seconds: float = 0.5) -> None:
        """Nothing is published for so long."""
        with pytest.raises(queue.Empty):
            self._states.get(timeout=seconds)


@pytest.fixture
def server() -> Iterator[ApiServer]:
    made = ApiServer()
    yield made
    made.close()


@pytest.fixture
def told(server: ApiServer) -> Iterator[Told]:
    made = Told()
    following = Watching(made, connect=server.connect)
    following.start()
    following.ready()
    yield made
    following.close()
    with pytest.raises(UnavailableError):
        following.ready()


def names(state: NetworkState) -> list[str]:
    return [node.name for node in state.nodes]


def test_a_change_is_published_once_everything_was_listed(server: ApiServer, told: Told) -> None:
    told.until(lambda state: names(state) == [])
    server.put(node_object("kent"))
    told.until(lambda state: names(state) == ["kent"])
    server.put(node_object("kent", hibernated=True))
    told.until(lambda state: state.nodes[0].hibernated)
    server.put(force_object("kent", signs=SigningKey.generate().public))
    told.until(lambda state: "kent" in state.party_keys)
    server.put(agreement_object("roads", "kent", "essex"))
    told.until(lambda state: len(state.agreements) == 1)
    server.delete(node_object("kent"))
    told.until(lambda state: names(state) == [])


def test_what_changes_nothing_for_others_is_not_published(server: ApiServer, told: Told) -> None:
    server.put(node_object("kent"))
    told.until(lambda state: names(state) == ["kent"])
    server.put(node_object("kent") | {"status": {"records": 5}})
    told.nothing()


def test_many_objects_are_listed_page_by_page(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(watching, "PAGE", 2)
    forces = ["essex", "kent", "norfolk", "suffolk", "surrey"]
    for force in forces:
        server.put(node_object(force))
    told: Told = request.getfixturevalue("told")
    told.until(lambda state: names(state) == forces)
    assert server.asked["list datanodes"] == 3


def test_a_watch_that_is_cut_goes_on_from_where_it_was(server: ApiServer, told: Told) -> None:
    server.put(node_object("kent"))
    told.until(lambda state: names(state) == ["kent"])
    for force in ("essex", "surrey"):
        server.cut()
        server.put(node_object(force))
        told.until(lambda state, force=force: force in names(state))  # type: ignore[misc]
    assert server.asked["list datanodes"] == 1


def test_what_the_server_forgot_is_listed_again(server: ApiServer, told: Told) -> None:
    server.put(node_object("kent"))
    told.until(lambda state: names(state) == ["kent"])
    server.forget(change=node_object("essex"))
    told.until(lambda state: names(state) == ["essex", "kent"])
    assert server.asked["list datanodes"] == 2
    server.put(node_object("surrey"))
    told.until(lambda state: "surrey" in names(state))
    assert server.asked["list datanodes"] == 2


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_server_that_fails_is_asked_again_and_never_in_haste(server: ApiServer, told: Told, status: int) -> None:
    told.until(lambda state: names(state) == [])
    server.failing = status
    server.cut()
    told.nothing(seconds=2)
    assert server.asked.total() < 30
    server.put(node_object("kent"))
    server.failing = 0
    told.until(lambda state: names(state) == ["kent"])


def test_one_that_is_not_valid_keeps_no_other_out(server: ApiServer, told: Told) -> None:
    server.put(node_object("essex", replicas={"min": 9, "max": 1}))
    server.put({"kind": "DataNode", "metadata": {"name": "odd"}, "spec": 7})
    server.put(node_object("kent"))
    told.until(lambda state: names(state) == ["kent"])
