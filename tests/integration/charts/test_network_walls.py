"""What the NetworkPolicies of the chart and of the operator leave open is what the docs say, and nothing else."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from tests.helming import Helm, tool
from tests.walled import Object, forces, platform
from tests.walled import parties as parties_of
from tests.walls import Party, expected, open_ways, table


@pytest.fixture(scope="module")
def cyclonus() -> str:
    found = tool("cyclonus", "cyclonus")
    if found is None:
        pytest.skip("cyclonus is not here: `make cluster` builds it")
    return found


@pytest.fixture(scope="module")
def objects(helm: Helm) -> list[Object]:
    return [*platform(helm), *forces()]


@pytest.fixture(scope="module")
def parties(objects: list[Object]) -> list[Party]:
    return parties_of(objects)


def test_every_role_of_the_page_is_there_and_every_part_has_a_role_on_it(parties: list[Party]) -> None:
    told = set(itertools.chain.from_iterable((source, target) for source, target, _ in table()))
    assert {one.role for one in parties} == told


def test_what_the_policies_leave_open_is_what_the_page_says(
    cyclonus: str, objects: list[Object], parties: list[Party], tmp_path: Path
) -> None:
    policies = [one for one in objects if one["kind"] == "NetworkPolicy"]
    found, wanted = open_ways(cyclonus, tmp_path, policies, parties), expected(parties)
    assert sorted(found - wanted) == [], "open, and not on the page"
    assert sorted(wanted - found) == [], "on the page, and closed"


def test_evaluator_and_registry_and_two_forces_never_meet(
    cyclonus: str, objects: list[Object], parties: list[Party], tmp_path: Path
) -> None:
    """Whatever the page may come to say."""
    policies = [one for one in objects if one["kind"] == "NetworkPolicy"]
    sides = {
        one.name: side
        for one in parties
        if (side := one.force or {"evaluator": "evaluator", "registry": "registry"}.get(one.role.split()[-1]))
    }
    assert {"kent", "essex", "evaluator", "registry"} <= set(sides.values())
    met = {
        (sides[source], sides[target])
        for source, target, _ in open_ways(cyclonus, tmp_path, policies, parties)
        if source in sides and target in sides
    }
    apart = {"kent": {"essex"}, "essex": {"kent"}, "evaluator": {"registry"}, "registry": {"evaluator"}}
    assert {(source, target) for source, target in met if target in apart[source]} == set()


def test_without_policies_all_is_open(cyclonus: str, parties: list[Party], tmp_path: Path) -> None:
    """The evaluation can say yes: what it says no to is the policies' doing."""
    found = open_ways(cyclonus, tmp_path, [], parties)
    assert ("evaluator", "registry", 8443) in found
    assert ("node of essex-api", "node of kent-api", 22) in found
