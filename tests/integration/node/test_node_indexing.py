"""Tokens follow records, here and in the registry, whatever is interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.national import FORCE, National

from ndsc.audit.log import AuditLog
from ndsc.connectors.connector import Connector
from ndsc.errors import InvalidInputError, UnavailableError
from ndsc.evaluator.client import EvaluatorClient
from ndsc.index.keys import keys_of
from ndsc.model.facts import PolicyFacts
from ndsc.model.pole import Person
from ndsc.node.erasure import MAX_ERASED, erase
from ndsc.node.errors import IndexBusyError, UnknownRecordError
from ndsc.node.indexing import Indexer
from ndsc.node.loading import Loader
from ndsc.node.schemas import Grounds
from ndsc.policy.answers import Listing
from ndsc.policy.embedded import RegopyDecider
from ndsc.registry.client import RegistryClient
from ndsc.registry.schemas import Changed

Export = Callable[..., Path]
REQUESTED = Grounds(purpose="bring-offenders-to-justice", justification="Request of the subject")
PEOPLE = [f"R{n},2025-01-01,Ann{n},Archer{n},1980-01-{n % 28 + 1:02},," for n in range(30)]


class CutOffRegistry(RegistryClient):
    """A registry whose answer is lost: it was told, and the node does not learn that it was."""

    def put(self, force: str, add: Sequence[Any], remove: Sequence[Any]) -> Changed:
        super().put(force, add, remove)
        raise UnavailableError("the connection broke")


@pytest.fixture
def indexer(node_engine: Engine, national: National) -> Indexer:
    national.registry.rebuild(FORCE, [])
    return Indexer(node_engine, FORCE, national.evaluator, national.registry, RegopyDecider())


def tokens(engine: Engine) -> set[tuple[bytes, str]]:
    with engine.connect() as connection:
        return {(bytes(token), kind) for token, kind in connection.execute(text("SELECT token, kind FROM index_token"))}


def test_tokens_are_those_of_the_records_keys_and_the_registry_has_as_many(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export, indexer: Indexer, national: National
) -> None:
    loader.load(export(*PEOPLE), connector)
    assert indexer.status().records_waiting == 30
    assert indexer.drain() == 30
    with node_engine.connect() as connection:
        bodies = connection.execute(text("SELECT body FROM record")).scalars()
        keys = {key.canonical for body in bodies for key in keys_of(Person.model_validate(body))}
    assert {token for token, _ in tokens(node_engine)} == set(national.evaluator.tokens(sorted(keys)))
    assert national.registry.digest(FORCE).entries == len(tokens(node_engine))
    status = indexer.status()
    assert (status.records_waiting, status.registry_waiting) == (0, 0)


def test_a_change_takes_the_old_tokens_away(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export, indexer: Indexer, national: National
) -> None:
    loader.load(export(PEOPLE[0]), connector)
    indexer.drain()
    before = tokens(node_engine)
    loader.load(export(PEOPLE[0].replace("1980-01-01", "1991-05-17")), connector)
    indexer.drain()
    assert before.isdisjoint(tokens(node_engine))
    assert national.registry.digest(FORCE).entries == len(tokens(node_engine))


def test_a_token_stays_while_any_record_has_it(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export, indexer: Indexer, national: National
) -> None:
    twins = [PEOPLE[0], PEOPLE[0].replace("R0,", "R0B,")]
    loader.load(export(*twins), connector)
    indexer.drain()
    shared = tokens(node_engine)
    with node_engine.connect() as connection:
        first = connection.execute(text("SELECT id FROM record ORDER BY id LIMIT 1")).scalar_one()
    erase(
        node_engine,
        FORCE,
        AuditLog(node_engine, "t"),
        [first],
        actor="records-manager",
        grounds=REQUESTED,
    )
    indexer.drain()
    assert tokens(node_engine) == shared
    assert national.registry.digest(FORCE).entries == len(shared)


def test_an_answer_that_was_lost_is_asked_for_again_and_leaves_no_stale_entry(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export, indexer: Indexer, national: National
) -> None:
    loader.load(export(PEOPLE[0]), connector)
    unlucky = CutOffRegistry(national.clients[1], national.registry._token)
    with pytest.raises(UnavailableError):
        Indexer(node_engine, FORCE, national.evaluator, unlucky, RegopyDecider()).drain()
    assert indexer.status().registry_waiting > 0
    loader.load(export(PEOPLE[0].replace("1980-01-01", "1991-05-17")), connector)
    indexer.drain()
    assert national.registry.digest(FORCE).entries == len(tokens(node_engine))


def test_a_rebuild_gives_the_registry_the_same_bytes(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export, indexer: Indexer
) -> None:
    loader.load(export(*PEOPLE), connector)
    indexer.drain()
    mine = tokens(node_engine)
    rebuilt = indexer.rebuild()
    assert rebuilt.records == 30
    assert rebuilt.after == rebuilt.before
    assert tokens(node_engine) == mine


def test_a_rebuild_mends_whatever_was_lost_or_left_over(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export, indexer: Indexer, national: National
) -> None:
    loader.load(export(*PEOPLE), connector)
    indexer.drain()
    good = national.registry.digest(FORCE)
    with node_engine.begin() as connection:
        connection.execute(text("DELETE FROM index_token WHERE record_id < (SELECT max(id) FROM record)"))
        connection.execute(text("INSERT INTO index_token VALUES ('left over', 'zz', 'rule', 'person', 'visible')"))
    national.registry.rebuild(FORCE, [(bytes(32), "person", "visible")])
    assert indexer.rebuild().after == good


def test_what_was_withdrawn_is_listed_anew_byte_for_byte(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export, indexer: Indexer, national: National
) -> None:
    loader.load(export(*PEOPLE), connector)
    indexer.drain()
    catalogue, before = national.registry.catalogue().datasets, national.registry.digest(FORCE)
    assert national.registry.withdraw(FORCE).entries == before.entries
    assert (national.registry.listed(FORCE), national.registry.catalogue().datasets) == (False, ())
    assert not indexer.is_behind(), "nothing that is kept here knows of it"
    assert indexer.list_anew()
    assert national.registry.digest(FORCE) == before
    kept = {(line.kind, line.category, line.records) for line in catalogue}
    assert {(line.kind, line.category, line.records) for line in national.registry.catalogue().datasets} == kept
    assert not indexer.list_anew(), "what is listed is left alone"


def test_a_node_that_lists_nothing_does_not_ask_whether_it_was_withdrawn(indexer: Indexer, national: National) -> None:
    assert not indexer.list_anew()


def test_an_erased_record_leaves_the_index_and_an_old_export_does_not_bring_it_back(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export, indexer: Indexer, national: National
) -> None:
    file = export("R1,2025-01-01,Ann,Archer,1980-01-01,E1,suspect", "R2,2025-01-01,Ben,Baker,1981-01-01,E1,witness")
    loader.load(file, connector)
    indexer.drain()
    audit = AuditLog(node_engine, "t")
    with node_engine.connect() as connection:
        ann = connection.execute(text("SELECT id FROM record WHERE body ->> 'surname' = 'Archer'")).scalar_one()
    assert erase(node_engine, FORCE, audit, [ann], actor="records-manager", grounds=REQUESTED) == 1
    indexer.drain()
    assert loader.load(file, connector).loaded == 0
    with node_engine.connect() as connection:
        assert connection.execute(text("SELECT suspect, witness FROM record WHERE kind = 'event'")).one() == (
            False,
            True,
        )
        assert connection.execute(text("SELECT count(*) FROM link WHERE source = :id"), {"id": ann}).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM record WHERE kind = 'person'")).scalar_one() == 1
    assert national.registry.digest(FORCE).entries == len(tokens(node_engine))
    entry = next(iter(audit.entries(newest=True))).entry
    assert (entry.operation, entry.subject.records) == ("erasure", (ann,))
    assert (entry.purpose, entry.justification) == (REQUESTED.purpose, REQUESTED.justification)
    with pytest.raises(UnknownRecordError):
        erase(node_engine, FORCE, audit, [ann], actor="records-manager", grounds=REQUESTED)


def test_too_many_records_at_once_are_refused_and_none_erased(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export
) -> None:
    loader.load(export(*PEOPLE), connector)
    with node_engine.connect() as connection:
        held = list(connection.execute(text("SELECT id FROM record")).scalars())
    many = [*held, *(f"{FORCE}.p.{number:016d}" for number in range(MAX_ERASED))]
    with pytest.raises(InvalidInputError):
        erase(node_engine, FORCE, AuditLog(node_engine, "t"), many, actor="records-manager", grounds=REQUESTED)
    with node_engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM record")).scalar_one() == len(held)


def test_two_indexers_never_work_at_once(node_engine: Engine, indexer: Indexer) -> None:
    with indexer._alone(), pytest.raises(IndexBusyError):
        indexer.drain()


def test_the_registry_is_told_how_much_there_is_of_what(
    loader: Loader, connector: Connector, export: Export, indexer: Indexer, national: National
) -> None:
    loader.load(export(*PEOPLE), connector)
    indexer.drain()
    assert [(line.category, line.records) for line in national.registry.catalogue().datasets] == [("nominal", 30)]


class Rules:
    """A lister whose word can change."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.asked = 0

    @property
    def revision(self) -> str:
        return self.listing

    def listings(self, facts: Sequence[PolicyFacts]) -> list[Listing]:
        self.asked += len(facts)
        return [self.listing] * len(facts)


class SilentEvaluator(EvaluatorClient):
    """An evaluator that nobody may need."""

    def __init__(self) -> None:
        pass

    def tokens(self, keys: Sequence[bytes]) -> list[bytes]:
        raise AssertionError("no token is made anew")


def listed(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(text("SELECT visibility FROM index_token")).scalars())


@pytest.fixture
def listed_by_rules(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export, national: National
) -> tuple[Rules, Indexer]:
    rules = Rules(Listing.VISIBLE)
    national.registry.rebuild(FORCE, [])
    loader.load(export(*PEOPLE), connector)
    Indexer(node_engine, FORCE, national.evaluator, national.registry, rules).drain()
    return rules, Indexer(node_engine, FORCE, SilentEvaluator(), national.registry, rules)


@pytest.mark.parametrize("now", [Listing.SILENT, Listing.NEVER])
def test_a_change_of_the_rules_changes_listings_and_no_token(
    node_engine: Engine, national: National, listed_by_rules: tuple[Rules, Indexer], now: Listing
) -> None:
    rules, indexer = listed_by_rules
    before, mine = national.registry.digest(FORCE), tokens(node_engine)
    rules.listing = now
    indexer.drain()
    assert listed(node_engine) == {now}
    assert tokens(node_engine) == mine
    assert national.registry.digest(FORCE).entries == (0 if now is Listing.NEVER else before.entries)
    assert national.registry.digest(FORCE) != before
    rules.listing = Listing.VISIBLE
    indexer.drain()
    assert national.registry.digest(FORCE) == before


def test_rules_that_are_the_same_have_no_record_judged_again(listed_by_rules: tuple[Rules, Indexer]) -> None:
    rules, indexer = listed_by_rules
    rules.asked = 0
    indexer.drain()
    assert rules.asked == 0


def test_another_table_of_keys_has_every_token_made_anew(
    node_engine: Engine, national: National, listed_by_rules: tuple[Rules, Indexer]
) -> None:
    rules, idle = listed_by_rules
    right, digest = tokens(node_engine), national.registry.digest(FORCE)
    with node_engine.begin() as connection:  # what an earlier version left: other tokens, and its table's number
        connection.execute(text("UPDATE listed SET keys = keys - 1"))
        connection.execute(text("UPDATE index_token SET token = sha256(token) WHERE rule = 'birth-surname'"))
    assert tokens(node_engine) != right
    Indexer(node_engine, FORCE, national.evaluator, national.registry, rules).drain()
    assert tokens(node_engine) == right
    assert national.registry.digest(FORCE) == digest
    idle.drain()  # and only once


def test_a_change_of_the_rules_that_was_cut_off_goes_on_where_it_was(
    node_engine: Engine, national: National, listed_by_rules: tuple[Rules, Indexer]
) -> None:
    rules, indexer = listed_by_rules
    unlucky = CutOffRegistry(national.clients[1], national.registry._token)
    rules.listing = Listing.NEVER
    with pytest.raises(UnavailableError):
        Indexer(node_engine, FORCE, SilentEvaluator(), unlucky, rules).drain()
    assert indexer.status().registry_waiting > 0
    indexer.drain()
    assert national.registry.digest(FORCE).entries == 0
    assert indexer.waiting().settled


def test_whoever_asks_is_told_what_everything_is_listed_by(
    node_engine: Engine, national: National, listed_by_rules: tuple[Rules, Indexer]
) -> None:
    rules, _ = listed_by_rules
    told: list[str] = []
    indexer = Indexer(node_engine, FORCE, national.evaluator, national.registry, rules, told=told.append)
    rules.listing = Listing.SILENT
    indexer.drain()
    indexer.rebuild()
    assert told == ["silent", "silent"]


def test_the_catalogue_counts_nothing_that_is_listed_in_silence_or_not_at_all(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export, national: National
) -> None:
    national.registry.rebuild(FORCE, [])
    rules = Rules(Listing.VISIBLE)
    indexer = Indexer(node_engine, FORCE, national.evaluator, national.registry, rules)
    loader.load(export(*PEOPLE), connector)

    def counted(listing: Listing) -> list[tuple[str, int]]:
        rules.listing = listing
        indexer.drain()
        lines = national.registry.catalogue().datasets
        return [(line.category, line.records) for line in lines if line.force == FORCE]

    assert counted(Listing.VISIBLE) == [("nominal", 30)]
    assert counted(Listing.SILENT) == []
    assert counted(Listing.VISIBLE) == [("nominal", 30)]
    assert counted(Listing.NEVER) == []


def test_keys_go_by_record_and_entries_by_what_the_registry_holds(
    node_engine: Engine, loader: Loader, connector: Connector, export: Export, national: National
) -> None:
    national.registry.rebuild(FORCE, [])
    rules = Rules(Listing.SILENT)
    indexer = Indexer(node_engine, FORCE, national.evaluator, national.registry, rules)
    loader.load(export(PEOPLE[0], PEOPLE[0].replace("R0,", "R0B,")), connector)
    indexer.drain()
    status = indexer.status()
    assert status.keys == 2 * status.entries == 2 * len(tokens(node_engine))
    assert status.entries == national.registry.digest(FORCE).entries
    rules.listing = Listing.NEVER
    indexer.drain()
    assert (indexer.status().keys, indexer.status().entries) == (status.keys, 0)
    assert national.registry.digest(FORCE).entries == 0
