"""The operator with so many data nodes: its memory, what it asks at rest, how it comes back, how fast it repairs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from ndsc.bench.estate import forces, repairing
from ndsc.bench.estate.process import Operator, Operators, Reading
from ndsc.bench.estate.server import Server, kubectl, path_of
from ndsc.bench.measure import Step, percentile

BATCH = 50
"""Forces that are applied at once; the next come when those are ready."""
REST_SECONDS = 60.0
ROUND_SECONDS = 600.0
"""How often the operator looks at all anew: at rest there is a tenth of that in a minute, which REST_SECONDS miss."""
_GROW_SECONDS, _RESTART_SECONDS, _CALM_SECONDS = 600.0, 900.0, 60.0
_READ_SECONDS, _PROBE_SECONDS, _CALM_EVERY = 0.5, 0.1, 5.0


@dataclass(frozen=True)
class Restart:
    """How an operator came back to an estate that is as it should be."""

    leads: float
    """Seconds from its start until it led: the one before it gives up nothing, so the Lease must run out."""
    ready: float
    """Seconds from its start until it had looked at every resource and nothing waited."""
    requests: float
    busiest: float
    """Requests in its busiest second."""
    processor: float
    """Seconds of processor time."""
    alone: float
    """Median of milliseconds that another waits for the API server while no operator runs."""
    beside: float
    """The same while this one comes back."""


@dataclass(frozen=True)
class Scale:
    """What was measured with so many data nodes."""

    nodes: int
    megabytes: float
    restart: Restart
    rest: float
    """Requests a minute at rest, by the API server's count, without the rounds of every ten minutes."""
    repairs: Sequence[float]
    """Seconds that each child took from its change until it was as it should be."""
    changes: int
    """Data nodes' manifests that were changed meanwhile."""

    @property
    def rest_with_rounds(self) -> float:
        """Requests a minute at rest, with those of the rounds of every ten minutes."""
        return self.rest + self.restart.requests * 60 / ROUND_SECONDS


def measure(server: Server, operators: Operators, sizes: Sequence[int], step: Step, *, repairs: int) -> Iterator[Scale]:
    """One size after the other, in one estate that grows."""
    there = 0
    for size in sorted(sizes):
        with operators.running() as operator:
            there = _grow(operator, there, size, step)
        alone = [*_probed(server, 3.0)]
        operator = operators.start()
        try:
            step(f"{size} data nodes: an operator comes back", 0.5 * size / max(sizes))
            restart = _restarted(server, operator, size, alone)
            _calm(operator, size)
            step(f"{size} data nodes: at rest", 0.7 * size / max(sizes))
            rest = _at_rest(operators)
            step(f"{size} data nodes: repairs", 0.8 * size / max(sizes))
            with repairing.changing(server, forces.codes(0, size)[: max(1, size // 10)]) as changed:
                times = repairing.repairs(server, forces.codes(size // 10, size), repairs)
            yield Scale(size, operator.peak_megabytes, restart, rest, times, len(changed))
        finally:
            operator.stop()


def _grow(operator: Operator, there: int, size: int, step: Step) -> int:
    for first in range(there, size, BATCH):
        last = min(first + BATCH, size)
        kubectl("apply", "--server-side", "-f", "-", text=forces.text(forces.manifests(forces.codes(first, last))))
        operator.until(partial(_are_ready, last), _GROW_SECONDS, f"{last} data nodes are ready")
        step(f"{last} data nodes", 0.4 * last / size)
    return size


def _are_ready(number: int, reading: Reading) -> bool:
    return reading.ready >= number


def _restarted(server: Server, operator: Operator, size: int, alone: Sequence[float]) -> Restart:
    beside: list[float] = []
    over = threading.Event()
    probing = threading.Thread(target=lambda: beside.extend(_probed(server, _RESTART_SECONDS, over)))
    probing.start()
    try:
        readings = operator.until(
            lambda its: its.idle and its.ready >= size and min(map(its.rounds, ("Force", "DataNode"))) >= size,
            _RESTART_SECONDS,
            f"an operator knows {size} data nodes",
            every=_READ_SECONDS,
        )
    finally:
        over.set()
        probing.join()
    leads = next(its.when for its in readings if its.total("ndsc_operator_leader"))
    last = readings[-1]
    return Restart(
        leads - operator.started,
        last.when - operator.started,
        last.requests,
        busiest(readings),
        last.processor,
        1000 * percentile(alone, 0.5),
        1000 * percentile(beside, 0.5),
    )


def busiest(readings: Sequence[Reading]) -> float:
    """Requests a second, in the busiest second or more between two readings; 0 where they span less."""
    most = 0.0
    for first in readings:
        later = next((its for its in readings if its.when >= first.when + 1), None)
        if later is not None:
            most = max(most, (later.requests - first.requests) / (later.when - first.when))
    return most


def _calm(operator: Operator, size: int) -> None:
    """Until it asks no more in five seconds than each data node's turn in a minute makes likely; not for ever."""
    deadline = time.monotonic() + _CALM_SECONDS
    before = operator.read()
    while time.monotonic() < deadline:
        time.sleep(_CALM_EVERY)
        now = operator.read()
        if now and before and now.requests - before.requests <= _CALM_EVERY * (2 + 2 * size / 60):
            return
        before = now or before


def _at_rest(operators: Operators) -> float:
    before, started = operators.requests(), time.monotonic()
    time.sleep(REST_SECONDS)
    return (operators.requests() - before) * 60 / (time.monotonic() - started)


def _probed(server: Server, seconds: float, over: threading.Event | None = None) -> Iterator[float]:
    """Seconds that one small request takes, now and again."""
    deadline = time.monotonic() + seconds
    path = path_of(("v1", "Namespace"), name="default")
    while time.monotonic() < deadline and not (over and over.is_set()):
        started = time.perf_counter()
        server.ask("GET", path)
        yield time.perf_counter() - started
        time.sleep(_PROBE_SECONDS)
