"""What ``ndsc bench operator`` measures, and what comes of it as measurements."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ndsc.bench.estate import creating, scaling
from ndsc.bench.estate.process import Operators
from ndsc.bench.estate.scaling import Scale
from ndsc.bench.estate.server import connected
from ndsc.bench.measure import Better, Measurement, Spread, Step, percentile, rounded
from ndsc.errors import InvalidInputError

SIZES = (50, 200, 1000)
MEGABYTES, REPAIR_SECONDS = 400.0, 10.0
"""The issue's own bounds: of memory, and of how late drift is repaired."""
REST, REST_EACH, RESTART_SECONDS, RESTART_EACH = 120.0, 6.0, 30.0, 0.2
"""Bounds of ours, at all and for each data node: requests a minute at rest; seconds to Ready after a restart."""


def sizes_of(text: str) -> tuple[int, ...]:
    """Numbers of data nodes from ``50,200``. Raises :class:`InvalidInputError`."""
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or min(found) < 10 or max(found) > 5000 or list(found) != sorted(set(found)):
        raise InvalidInputError(
            f"{text[:60]!r} are no sizes", hint="Numbers from 10 to 5000 that grow, such as 50,200."
        )
    return found


def measure(step: Step, *, quick: bool, sizes: Sequence[int]) -> list[Measurement]:
    """All of it, on the kubeconfig's cluster. Raises ``ForbiddenError`` for a cluster that is somebody's."""
    with connected() as server, tempfile.TemporaryDirectory(prefix="ndsc-bench-") as folder:
        operators = Operators(server, Path(folder))
        operators.prepare()
        created = creating.measure(server, operators, lambda what, part: step(what, part / 4), turns=2 if quick else 6)
        scales = list(
            scaling.measure(
                server,
                operators,
                sizes,
                lambda what, part: step(what, 0.25 + 0.75 * part),
                repairs=30 if quick else 200,
            )
        )
        return [created, *of(scales)]


def of(scales: Sequence[Scale]) -> Iterator[Measurement]:
    """What was measured, against the bounds."""
    for its in scales:
        yield from _of_one(its)
    if len(scales) > 2:
        yield growth(scales)


def growth(scales: Sequence[Scale]) -> Measurement:
    """What a data node more takes of memory between the two largest estates, against between the two smallest."""
    (first, second), (third, last) = scales[:2], scales[-2:]
    small = (second.megabytes - first.megabytes) / (second.nodes - first.nodes)
    large = (last.megabytes - third.megabytes) / (last.nodes - third.nodes)
    return _lower(
        "operator-memory-growth",
        large / max(small, 1e-9),
        1.0,
        f"KB of 2^10 bytes that one data node more takes: {1024 * small:,.0f} from {first.nodes} to {second.nodes}, "
        f"{1024 * large:,.0f} from {third.nodes} to {last.nodes}; over 1 is more than linear",
    )


def _of_one(its: Scale) -> Iterator[Measurement]:
    many = f"{its.nodes:,} data nodes of as many forces"
    yield _lower(
        f"operator-memory-{its.nodes}",
        its.megabytes / MEGABYTES,
        1.0,
        f"{many}: {its.megabytes:,.0f} MB resident at most, in a process that came back to them, was at rest and "
        f"repaired; the bound is {MEGABYTES:,.0f} MB",
    )
    resting = REST + REST_EACH * its.nodes
    yield _lower(
        f"operator-rest-{its.nodes}",
        its.rest_with_rounds / resting,
        1.0,
        f"{many}: {its.rest_with_rounds:,.0f} requests a minute at rest by the API server's own count, "
        f"{its.rest_with_rounds / its.nodes:.2f} for each data node: {its.rest:,.0f} in "
        f"{scaling.REST_SECONDS:.0f} s, and a tenth of those that one round for all takes; the bound is {resting:,.0f}",
    )
    back = its.restart
    bound = RESTART_SECONDS + RESTART_EACH * its.nodes
    yield _lower(
        f"operator-restart-{its.nodes}",
        back.ready / bound,
        1.0,
        f"{many}: {back.ready:,.1f} s from the start of a process until it has looked at all and nothing waits, of "
        f"which it waits {back.leads:,.1f} s to lead; {back.requests:,.0f} requests, {back.requests / its.nodes:,.1f} "
        f"for each data node, {back.busiest:,.0f} in the busiest second; {back.processor:,.1f} s of processor time; "
        f"another's request takes {back.beside:,.1f} ms meanwhile, {back.alone:,.1f} before (medians); "
        f"the bound is {bound:,.0f} s",
    )
    yield _lower(
        f"operator-repair-{its.nodes}",
        percentile(its.repairs, 0.99) / REPAIR_SECONDS,
        1.0,
        f"{many}: {len(its.repairs)} children deleted or edited by hand, four a second, while a tenth of the data "
        f"nodes change every ten seconds ({its.changes:,} changes); each is repaired within "
        f"{Spread.of(its.repairs).text('s')}, 99 of 100 within {percentile(its.repairs, 0.99):.2f} s; the bound is "
        f"{REPAIR_SECONDS:.0f} s",
    )


def _lower(name: str, ratio: float, goal: float, detail: str) -> Measurement:
    return Measurement(name=name, ratio=rounded(ratio), goal=goal, better=Better.LOWER, detail=detail)
