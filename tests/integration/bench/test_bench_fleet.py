"""The rival holds what the network holds, and answers what the network answers: else the race would be no race."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ndsc.bench.fleet import Fleet, Plan, fleet
from ndsc.bench.processes import served
from ndsc.bench.queries import NONE, draw
from ndsc.errors import UnavailableError
from ndsc.gateway.schemas import SearchAnswer

FORCES = ("south-wales", "kent", "essex")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with fleet(tmp_path_factory.mktemp("fleet"), Plan(FORCES, 300), lambda what, part: None) as made:
        yield made


def _members(answer: SearchAnswer) -> dict[str, tuple[str, ...]]:
    return {
        member.record.id: tuple(mask.field for mask in member.record.masks)
        for group in answer.groups
        for member in group.members
    }


def test_both_sides_give_the_same_records_with_the_same_masks(built: Fleet, tmp_path: Path) -> None:
    found, sides = 0, built.asked_by("pc1")
    for query in draw(built.people, tmp_path / "strangers", FORCES, 15, 3):
        ours, theirs = sides.ours.search(query.request), sides.theirs.search(query.request)
        assert _members(ours) == _members(theirs)
        assert len(ours.groups) == len(theirs.groups)
        found += len(_members(ours))
        if query.sort == NONE:
            assert not ours.forces
    assert found > 10


def test_the_rival_writes_down_each_search_(built: Fleet, tmp_path: Path) -> None:
    query = draw(built.people, tmp_path / "strangers", FORCES, 1, 4)[0]
    before = built.rival.head().size
    built.asked_by("pc2").theirs.search(query.request)
    assert built.rival.head().size == before + 1


def test_a_process_that_does_not_start_is_said(tmp_path: Path) -> None:
    nowhere = f"postgresql:///postgres?host={tmp_path}"
    with pytest.raises(UnavailableError, match="did not start"), served(tmp_path / "home", nowhere, [("gateway",)]):
        pass
