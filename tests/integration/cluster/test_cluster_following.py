"""A part that follows the hub decides by what the resources say: soon, on the right day, and when the hub is away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from tests.integration.hub.conftest import Served, served
from tests.resources import agreement_object, force_object, node_object, signed_object

from ndsc.cluster.following import Following
from ndsc.cluster.standing import Standing
from ndsc.errors import UnavailableError
from ndsc.hub.estate import WATCHED, Estate, network_of
from ndsc.hub.schemas import NetworkState
from ndsc.model.facts import PolicyFacts
from ndsc.policy.decider import SearchRequest, Subject
from ndsc.policy.embedded import RegopyDecider
from ndsc.resources.base import Manifest
from ndsc.trust.keys import SigningKey

__all__ = ["served"]

KEYS = {force: SigningKey.generate() for force in ("kent", "essex")}
OFFICERS = SigningKey.generate()
FACTS = PolicyFacts(
    force="kent",
    kind="person",
    category="nominal",
    tier=0,
    sensitive=False,
    caveated=False,
    grading="",
    handling="",
    action="",
    immunity=False,
    assessment=False,
    suspect=True,
    convicted=False,
    victim=False,
    witness=False,
    other_subject=False,
    born=0,
    retention_group=3,
    review_on=60_000,
    updated_on=20_000,
)
SUBJECT = Subject(sub="pc-1", force="essex", roles=("officer",), clearance=2)
TODAY = date(2026, 6, 1)


def network(*objects: dict[str, Any]) -> NetworkState:
    kinds: dict[str, type[Manifest]] = {kind.__name__: kind for kind in WATCHED}
    estate = Estate()
    forces = [force_object(force, signs=key.public, officers=(OFFICERS.public,)) for force, key in KEYS.items()]
    for one in (*forces, node_object("kent"), node_object("essex"), *objects):
        estate.put(kinds[one["kind"]], one)
    return network_of(estate.known())


def roads(*signing: str, **spec: Any) -> dict[str, Any]:
    agreement = agreement_object("roads", "kent", "essex", **spec)
    return signed_object(agreement, {force: KEYS[force] for force in signing})


OPEN = network(roads("kent", "essex"))
CLOSED = network(roads("kent", "essex", suspendedBy=["kent"]))


def until(holds: Callable[[], object], *, seconds: float = 10) -> float:
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if holds():
            return time.monotonic() - started
        time.sleep(0.01)
    raise AssertionError(f"not so after {seconds} s")


@dataclass
class Part:
    """A node of Essex's neighbour, as far as it follows the hub."""

    served: Served
    day: date = TODAY
    decider: RegopyDecider = field(default_factory=RegopyDecider)

    def __post_init__(self) -> None:
        self.standing = Standing(self.decider)
        self.following = Following(self.served.client(), self.standing.take, wait=2, today=lambda: self.day)

    def opens(self) -> bool:
        """Whether Essex sees Kent's record."""
        request = SearchRequest(
            purpose="prevent-crime",
            justification="A reason that is long enough to count.",
            reference="CR-1",
            today=(self.day - date(1970, 1, 1)).days,
        )
        (decision,) = self.decider.judge(SUBJECT, request, [FACTS])
        return decision.visible


@pytest.fixture
def part(served: Served) -> Iterator[Part]:
    made = Part(served)
    made.following.start()
    yield made
    made.following.close()


def test_before_the_hub_has_told_nothing_is_open_and_nobody_is_believed(part: Part) -> None:
    with pytest.raises(UnavailableError):
        part.following.ready()
    assert part.following.state() is None
    assert part.following.age() is None
    assert not part.standing.officers
    assert not part.opens()
    with pytest.raises(UnavailableError):
        part.standing.index_of("kent")


def test_what_the_hub_tells_is_followed_at_once(part: Part) -> None:
    part.served.hub.publish(OPEN)
    until(part.opens)
    part.following.ready()
    assert part.standing.officers[OFFICERS.kid].speaks_for("kent")
    assert not part.standing.officers[OFFICERS.kid].speaks_for("surrey")
    assert [node.url for node in part.standing.nodes] == ["https://essex.essex.svc", "https://kent.kent.svc"]
    part.served.hub.publish(CLOSED)
    assert until(lambda: not part.opens()) < 2
    part.served.hub.publish(OPEN)
    assert until(part.opens) < 2


@pytest.mark.parametrize(
    "agreement",
    [
        roads(),
        roads("kent"),
        {**roads("kent", "essex"), "spec": roads(categories=["nominal", "crime"])["spec"]},
        signed_object(roads(), {"kent": SigningKey.generate(), "essex": SigningKey.generate()}),
        {**roads(), "status": {"state": "FINALIZED"}},
    ],
    ids=["unsigned", "signed by one", "changed after it was signed", "signed by others", "said to be in force"],
)
def test_whatever_the_hub_says_signatures_that_do_not_verify_open_nothing(
    part: Part, agreement: dict[str, Any]
) -> None:
    told = network(agreement)
    part.served.hub.publish(told)
    until(lambda: part.following.state() == told)
    assert not part.opens()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # httpcore leaves a refused socket open
def test_while_the_hub_is_away_the_last_state_counts_and_its_age_is_told(part: Part) -> None:
    part.served.hub.publish(OPEN)
    until(part.opens)
    part.served.stop()
    time.sleep(1.5)
    assert part.opens()
    part.following.ready()
    age = part.following.age()
    assert age is not None
    assert age > 1
    part.served.start()
    time.sleep(0.5)
    assert part.opens(), "a hub that has not read everything yet takes nothing away"
    part.served.hub.publish(CLOSED)
    until(lambda: not part.opens(), seconds=20)
    until(lambda: (part.following.age() or 9) < 1)


def test_an_agreement_begins_and_ends_on_its_days_without_a_word_of_the_hub(part: Part) -> None:
    first, last = TODAY + timedelta(days=1), TODAY + timedelta(days=2)
    told = network(
        roads("kent", "essex", startsOn=str(first), reviewOn=str(first), endsOn=str(last)),
    )
    part.served.hub.publish(told)
    until(lambda: part.following.state() == told)
    assert not part.opens()
    part.day = first
    until(part.opens)
    part.day = last + timedelta(days=1)
    assert not part.opens(), "the rules themselves look at the day"
    assert part.following.state() == told


def test_a_state_that_cannot_be_taken_is_tried_again(served: Served) -> None:
    taken: list[NetworkState] = []

    def take(state: NetworkState, _: date) -> None:
        taken.append(state)
        if len(taken) < 3:
            raise RuntimeError("something nobody thought of")

    following = Following(served.client(), take, wait=2)
    following.start()
    served.hub.publish(OPEN)
    until(lambda: following.state() == OPEN)
    assert taken == [OPEN, OPEN, OPEN]
    following.close()
