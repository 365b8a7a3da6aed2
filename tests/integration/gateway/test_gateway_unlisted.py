"""What no index may know of is found by the holder's own officers, where policy lets them, and by no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from tests.network import OFFICER, named, search

from ndsc.embedded.network import Network
from ndsc.gateway.schemas import SearchAnswer
from ndsc.model.pole import Person
from ndsc.resources.datanode import DataNode, Index, Visibility
from ndsc.synth.story import SIAN

HOLDER = "city-of-london"
QUERY = named(SIAN.records[0][1].person)
OWN = replace(OFFICER, force=HOLDER, sub="dc93")
CLEARED: dict[str, Any] = {"clearance": 3}
GUARDIAN: dict[str, Any] = {"clearance": 3, "roles": ("intelligence-officer",)}


def found(answer: SearchAnswer) -> set[str]:
    return {member.record.force for group in answer.groups for member in group.members}


@contextmanager
def listed_as(network: Network, visibility: Visibility) -> Iterator[None]:
    """The network while the holder's manifest says this of all its records."""
    kept = network.resources.get(DataNode, HOLDER)
    unread = kept.metadata.model_copy(update={"resource_version": None})
    kept = kept.model_copy(update={"metadata": unread})
    hidden = kept.spec.model_copy(update={"index": Index(visibility=visibility)})
    network.apply([kept.model_copy(update={"spec": hidden})])
    try:
        yield
    finally:
        network.apply([kept])


@contextmanager
def closed(network: Network, fact: str, value: Any) -> Iterator[None]:
    """The network while a fact keeps Siân's record at the holder out of the index."""
    node = network.node(HOLDER)
    with node.engine.connect() as connection:
        records = text("SELECT id FROM record WHERE kind = 'person' AND body ->> 'date_of_birth' = '1987-09-03'")
        (identity,) = connection.execute(records).scalars()

    def write(now: Any) -> None:
        with node.engine.begin() as connection:
            connection.execute(text(f"UPDATE record SET {fact} = :now WHERE id = :id"), {"now": now, "id": identity})
            connection.execute(text("INSERT INTO outbox (record_ids) VALUES (ARRAY[:id])"), {"id": identity})
        node.indexer.drain()

    write(value)
    try:
        yield
    finally:
        write(type(value)(0))


def test_what_a_force_keeps_out_of_the_index_its_own_officers_find(network: Network) -> None:
    assert HOLDER in found(search(network, QUERY))
    before = network.resources.get(DataNode, HOLDER).status.index_entries
    with listed_as(network, Visibility.NEVER):
        assert network.resources.get(DataNode, HOLDER).status.index_entries == 0
        assert network.node(HOLDER).indexer.rebuild().after.entries == 0
        assert HOLDER not in found(search(network, QUERY))
        assert HOLDER in found(search(network, QUERY, OWN))
    assert HOLDER in found(search(network, QUERY))
    after = network.resources.get(DataNode, HOLDER).status.index_entries
    assert after == network.node(HOLDER).indexer.status().entries > 0
    assert before in (0, after), "nothing was noted of what was loaded around the command"


def test_what_a_force_begins_to_list_in_silence_leads_nobody_else_there_from_then_on(network: Network) -> None:
    with listed_as(network, Visibility.SILENT):
        answer = search(network, QUERY)
        assert HOLDER not in {line.force for line in answer.forces}
        assert HOLDER in found(search(network, QUERY, OWN))


@pytest.mark.parametrize(
    ("fact", "value", "who"), [("tier", 1, CLEARED), ("immunity", True, GUARDIAN)], ids=["secret", "immune"]
)
def test_what_the_registry_may_not_know_is_found_at_home_by_who_may_see_it(
    network: Network, fact: str, value: Any, who: dict[str, Any]
) -> None:
    with closed(network, fact, value):
        assert HOLDER in found(search(network, QUERY, replace(OWN, **who)))
        assert HOLDER not in found(search(network, QUERY, OWN))
        assert HOLDER not in found(search(network, QUERY, replace(OFFICER, **who)))
    assert HOLDER in found(search(network, QUERY))


def test_a_force_that_is_asked_in_vain_has_no_line(network: Network) -> None:
    cleared = replace(OWN, **CLEARED)
    assert search(network, Person(phones=("+447700900999",)), cleared).forces == ()
