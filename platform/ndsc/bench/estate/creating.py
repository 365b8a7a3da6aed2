"""Ten forces' children: by the operator, and by ``kubectl apply`` of the same objects, turn by turn."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence

from ndsc.bench.estate import forces
from ndsc.bench.estate.process import Operators
from ndsc.bench.estate.server import Object, Server, kubectl, listed, path_of
from ndsc.bench.measure import Better, Measurement, Spread, Step, rounded, turn_by_turn
from ndsc.errors import UnavailableError
from ndsc_operator.kinds import DATABASE, Kind

FORCES = 10
_SECONDS, _LOOK_SECONDS = 300.0, 0.05


def measure(server: Server, operators: Operators, step: Step, *, turns: int) -> Measurement:
    """The ratio of both times, each from the start of ``kubectl apply`` until all children are there.

    Each turn has forces of its own, and an operator of its own that leads before the clock starts; none runs while
    kubectl's turn does.
    """
    done, load = 0, os.getloadavg()[0]

    def following() -> list[str]:
        nonlocal done
        step(f"turn {done // 2 + 1} of {turns}", done / (2 * turns))
        done += 1
        return forces.codes(0, FORCES, f"{done:02}-")

    def ours() -> float:
        these = following()
        text, wanted = forces.text(forces.manifests(these)), list(forces.children(these))
        with operators.running():
            started = time.perf_counter()
            kubectl("apply", "-f", "-", text=text)
            _until_there(server, wanted)
            taken = time.perf_counter() - started
        clear(server, these)
        return taken

    def theirs() -> float:
        these = following()
        wanted = list(forces.children(these))
        text = forces.text(wanted)
        started = time.perf_counter()
        kubectl("apply", "-f", "-", text=text)
        taken = time.perf_counter() - started
        _until_there(server, wanted)  # it says so itself; this makes sure that it is the same that both wait for
        clear(server, these)
        return taken

    operator, apply = turn_by_turn(ours, theirs, turns)
    ratios = Spread.of([mine / other for mine, other in zip(operator, apply, strict=True)])
    number = len(list(forces.children(forces.codes(0, FORCES))))
    return Measurement(
        name="operator-create",
        ratio=rounded(ratios.median),
        goal=1.5,
        better=Better.LOWER,
        detail=(
            f"{FORCES} forces with a data node each, {number} children (Secrets aside), {turns} turns; "
            f"ratio {ratios.text()}; the operator {Spread.of(operator).text('s')} from the start of `kubectl apply` of "
            f"{2 * FORCES} manifests until all are there, database, migration and API one after the other; "
            f"`kubectl apply` of the rendered children {Spread.of(apply).text('s')}, which waits for nothing; "
            f"{load:.1f} processes of others wanted the machine's processors when it began"
        ),
    )


def clear(server: Server, these: Sequence[str]) -> None:
    """Take away all of these forces, while no operator is there to bring it back."""
    namespaces = {path_of(("v1", "Namespace"), name=code) for code in these}
    for code in these:
        database = path_of(DATABASE, code, f"{code}-db")
        server.ask("PATCH", database, {"metadata": {"finalizers": None}}, media="application/merge-patch+json")
        server.ask("DELETE", path_of(forces.NODE, "default", code))
        server.ask("DELETE", path_of(forces.FORCE, name=code))
        server.ask("DELETE", path_of(("v1", "Namespace"), name=code))
    deadline = time.monotonic() + _SECONDS
    while namespaces := {path for path in namespaces if server.ask("GET", path)}:
        if time.monotonic() > deadline:
            raise UnavailableError(f"{len(namespaces)} namespaces are still there after {_SECONDS:.0f} s.")
        time.sleep(_LOOK_SECONDS * 10)


def _until_there(server: Server, wanted: Iterable[Object]) -> None:
    """Kind by kind, the last that are made last: what is looked for costs both sides the same."""
    left: dict[Kind, set[tuple[str, str, str]]] = {}
    for child in wanted:
        left.setdefault((child["apiVersion"], child["kind"]), set()).add(forces.identity(child))
    deadline = time.monotonic() + _SECONDS
    for kind, names in left.items():
        while missing := names - {forces.identity({"kind": kind[1]} | one) for one in listed(server, kind)}:
            if time.monotonic() > deadline:
                raise UnavailableError(f"{len(missing)} of {kind[1]} are not there after {_SECONDS:.0f} s.")
            time.sleep(_LOOK_SECONDS)
