"""The index follows by itself: through outages, with several copies of a node, and when what lists records changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from tests.national import FORCE, National

from ndsc.connectors.connector import Connector
from ndsc.errors import UnavailableError
from ndsc.model.facts import PolicyFacts
from ndsc.node.indexing import Indexer
from ndsc.node.loading import Loader
from ndsc.node.upkeep import IndexUpkeep
from ndsc.policy.answers import Listing
from ndsc.registry.client import RegistryClient
from ndsc.registry.schemas import Changed

Export = Callable[..., Path]
PEOPLE = [f"R{n},2025-01-01,Ann{n},Archer{n},1980-01-{n % 28 + 1:02},," for n in range(30)]


class Word:
    """A lister whose word can change, or be missing."""

    def __init__(self) -> None:
        self.said = Listing.VISIBLE
        self.known = True

    @property
    def revision(self) -> str:
        if not self.known:
            raise UnavailableError("the hub tells of no node")
        return self.said.value

    def listings(self, facts: Sequence[PolicyFacts]) -> list[Listing]:
        return [self.said for _ in facts]


class Away(RegistryClient):
    """A registry that does not answer for a while."""

    def __init__(self, real: RegistryClient, failures: list[Exception]) -> None:
        self._real, self.failures, self.asked = real, failures, 0

    def put(self, force: str, add: Sequence[Any], remove: Sequence[Any]) -> Changed:
        self.asked += 1
        if self.failures:
            raise self.failures.pop()
        return self._real.put(force, add, remove)

    def listed(self, force: str) -> bool:
        return self._real.listed(force)

    def tell_catalogue(self, force: str, datasets: Sequence[Any]) -> None:
        self._real.tell_catalogue(force, datasets)


@pytest.fixture
def word() -> Word:
    return Word()


@pytest.fixture
def registry(national: National) -> Away:
    national.registry.rebuild(FORCE, [])
    return Away(national.registry, [])


@pytest.fixture
def copies(node_engine: Engine, national: National, registry: Away, word: Word) -> Iterator[list[IndexUpkeep]]:
    """Three copies of the node."""
    made = [
        IndexUpkeep(Indexer(node_engine, FORCE, national.evaluator, registry, word), FORCE, look=0.05) for _ in range(3)
    ]
    yield made
    for one in made:
        one.close()


def until(holds: Callable[[], object], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def settled(engine: Engine) -> bool:
    """Whether nothing waits, and something is indexed."""
    with engine.connect() as connection:
        asked = "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM registry_due), "
        waiting, due, tokens = connection.execute(text(asked + "(SELECT count(*) FROM index_token)")).one()
    return bool(waiting == due == 0 and tokens > 0)


def test_a_load_is_followed_without_anybody_asking(
    copies: list[IndexUpkeep], node_engine: Engine, loader: Loader, connector: Connector, export: Export
) -> None:
    copies[0].start()
    loader.load(export(*PEOPLE[:10]), connector)
    until(lambda: settled(node_engine))
    loader.load(export(*PEOPLE), connector)
    copies[0].wake()
    until(lambda: settled(node_engine))


def test_several_copies_of_a_node_come_to_the_same_index(
    copies: list[IndexUpkeep],
    node_engine: Engine,
    loader: Loader,
    connector: Connector,
    export: Export,
    national: National,
    word: Word,
) -> None:
    for one in copies:
        one.start()
    for upto in range(5, 31, 5):
        loader.load(export(*PEOPLE[:upto]), connector)
        for one in copies:
            one.wake()
    until(lambda: settled(node_engine))
    rebuilt = Indexer(node_engine, FORCE, national.evaluator, national.registry, word)
    until(lambda: rebuilt.status().records_waiting == 0)
    for one in copies:
        one.close()
    came = rebuilt.rebuild()
    assert came.before == came.after
    assert all(one.failures == 0 for one in copies)


@pytest.mark.parametrize(
    "failure",
    [UnavailableError("away"), OperationalError("SELECT", {}, Exception("away")), RuntimeError("nobody thought of it")],
    ids=["service", "database", "unforeseen"],
)
def test_what_is_away_is_waited_for_and_nothing_is_lost(
    copies: list[IndexUpkeep],
    node_engine: Engine,
    loader: Loader,
    connector: Connector,
    export: Export,
    registry: Away,
    failure: Exception,
) -> None:
    registry.failures = [failure] * 3
    loader.load(export(*PEOPLE), connector)
    started = time.monotonic()
    copies[0].start()
    until(lambda: settled(node_engine))
    until(lambda: copies[0].failures == 0)
    assert registry.asked >= 4
    assert time.monotonic() - started > 0.5, "it is asked again later each time"


def test_records_are_listed_anew_when_what_lists_them_changes(
    copies: list[IndexUpkeep],
    node_engine: Engine,
    loader: Loader,
    connector: Connector,
    export: Export,
    national: National,
    word: Word,
) -> None:
    copies[0].start()
    loader.load(export(*PEOPLE), connector)
    until(lambda: settled(node_engine))
    until(lambda: national.registry.digest(FORCE).entries > 0)
    word.said = Listing.NEVER
    until(lambda: national.registry.digest(FORCE).entries == 0)


def test_while_nobody_knows_how_to_list_nothing_is_listed(
    copies: list[IndexUpkeep],
    node_engine: Engine,
    loader: Loader,
    connector: Connector,
    export: Export,
    national: National,
    word: Word,
) -> None:
    word.known = False
    copies[0].start()
    loader.load(export(*PEOPLE), connector)
    until(lambda: copies[0].failures > 1)
    assert national.registry.digest(FORCE).entries == 0
    word.known = True
    until(lambda: settled(node_engine))


def test_what_was_withdrawn_while_it_was_away_is_listed_anew_when_it_starts(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export, national: National
) -> None:
    loader.load(export(*PEOPLE), connector)
    indexer = Indexer(node_engine, FORCE, national.evaluator, national.registry, Word())
    indexer.drain()
    before = national.registry.digest(FORCE)
    national.registry.withdraw(FORCE)
    upkeep = IndexUpkeep(indexer, FORCE, look=0.05)
    upkeep.start()
    try:
        ends = time.monotonic() + 10
        while national.registry.digest(FORCE) != before:
            assert time.monotonic() < ends
            time.sleep(0.05)
    finally:
        upkeep.close()
