"""Search: the network's 95th percentile against one central database, and how few nodes a search troubles."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import TypeVar

from ndsc.bench.fleet import TERRITORIAL, Fleet, Plan, Sides, fleet
from ndsc.bench.measure import Better, Measurement, Spread, Step, percentile, rounded, seconds
from ndsc.bench.queries import SORTS, Query, draw, one_of_each
from ndsc.gateway.client import GatewayClient
from ndsc.gateway.schemas import SearchAnswer

N = TypeVar("N", int, float)

SEARCH, REQUESTS = "search-p95", "node-requests-per-search"
BLOCKS = 5
"""Repetitions: a ratio is the median of theirs, its spread their lowest and highest."""

FULL, QUICK = Plan(TERRITORIAL, 200_000), Plan(TERRITORIAL, 6_000)
_SEARCHES_FULL, _SEARCHES_QUICK = 150, 45
_SEED = 4_417
_WARM_FULL, _WARM_QUICK = 12, 5
"""Searches of each force before anything is measured: PostgreSQL keeps a statement's plan from its tenth use on."""


@dataclass
class Times:
    """What the searches of one block took, in seconds, and whom they troubled."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    sorts: list[str] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    records: list[tuple[int, int]] = field(default_factory=list)

    def of(self, values: Sequence[N], sort: str) -> list[N]:
        """Those of one sort of search."""
        return [value for value, its in zip(values, self.sorts, strict=True) if its == sort]


def measure(step: Step, *, quick: bool) -> list[Measurement]:
    """Both measurements, from one fleet."""
    plan, searches, warm = (QUICK, _SEARCHES_QUICK, _WARM_QUICK) if quick else (FULL, _SEARCHES_FULL, _WARM_FULL)
    with TemporaryDirectory(prefix="ndsc-bench-") as name:
        folder = Path(name)
        with fleet(folder, plan, lambda what, part: step(what, part * 0.9)) as built:
            queries = draw(built.people, folder / "strangers", plan.forces, searches * BLOCKS, _SEED)
            step("warming up", 0.9)
            _run(built.asked_by("bench-warm"), one_of_each(built.people, plan.forces, warm, _SEED))
            gc.collect()
            gc.freeze()  # what this process has gathered so far is not looked through in the middle of a search
            blocks = []
            for number in range(BLOCKS):
                step("searching", 0.93 + 0.07 * number / BLOCKS)
                blocks.append(
                    _run(built.asked_by(f"bench-{number}"), queries[number * searches : (number + 1) * searches])
                )
            return [_p95(built, plan, blocks), _requests(plan, blocks)]


def _run(sides: Sides, queries: Sequence[Query]) -> Times:
    """Every search once on each side, the one that goes first taking turns."""
    times = Times()
    for number, query in enumerate(queries):
        if number % 2:
            theirs, central = _ask(sides.theirs, query)
            ours, answer = _ask(sides.ours, query)
        else:
            ours, answer = _ask(sides.ours, query)
            theirs, central = _ask(sides.theirs, query)
        times.ours.append(ours)
        times.theirs.append(theirs)
        times.sorts.append(query.sort)
        times.asked.append(len(answer.forces))
        times.records.append((_given(answer), _given(central)))
    return times


def _ask(client: GatewayClient, query: Query) -> tuple[float, SearchAnswer]:
    return seconds(lambda: client.search(query.request))


def _given(answer: SearchAnswer) -> int:
    return sum(len(group.members) for group in answer.groups)


def _p95(built: Fleet, plan: Plan, blocks: Sequence[Times]) -> Measurement:
    ratio = Spread.of([percentile(block.ours, 0.95) / percentile(block.theirs, 0.95) for block in blocks])
    sides = [
        Spread.of([percentile(side, share) * 1000 for side in sides]).text("ms", 1)
        for share in (0.95, 0.5)
        for sides in ([block.ours for block in blocks], [block.theirs for block in blocks])
    ]
    by_sort = ", ".join(
        f"{sort} {_median(blocks, sort, 'ours'):.1f} against {_median(blocks, sort, 'theirs'):.1f} ms" for sort in SORTS
    )
    same = sum(ours == theirs for block in blocks for ours, theirs in block.records)
    searches = sum(len(block.records) for block in blocks)
    return Measurement(
        name=SEARCH,
        ratio=rounded(ratio.median),
        goal=2,
        better=Better.LOWER,
        detail=(
            f"{len(plan.forces)} forces, {built.records:,} records, {searches} searches a side in {BLOCKS} blocks; "
            f"ratio {ratio.text()}; p95 {sides[0]} against one central PostgreSQL's {sides[1]}; "
            f"median {sides[2]} against {sides[3]}; medians by sort: {by_sort}; "
            f"same number of records from both in {same} of {searches}"
        ),
    )


def _median(blocks: Sequence[Times], sort: str, side: str) -> float:
    """Milliseconds."""
    taken: list[float] = [value for block in blocks for value in block.of(getattr(block, side), sort)]
    return 1000 * median(taken)


def _requests(plan: Plan, blocks: Sequence[Times]) -> Measurement:
    everyone = len(plan.forces)
    ratio = Spread.of([everyone / max(mean(block.asked), 1 / len(block.asked)) for block in blocks])
    asked = [number for block in blocks for number in block.asked]
    by_sort = ", ".join(
        f"{sort} {mean(number for block in blocks for number in block.of(block.asked, sort)):.2f}" for sort in SORTS
    )
    return Measurement(
        name=REQUESTS,
        ratio=rounded(ratio.median),
        goal=5,
        better=Better.HIGHER,
        detail=(
            f"asking everyone is {everyone} requests; the index leads to {mean(asked):.2f} a search on average, "
            f"{max(asked)} at most ({by_sort}); {ratio.text('times fewer')}"
        ),
    )
