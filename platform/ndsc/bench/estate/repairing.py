"""Children that somebody changes by hand, while a tenth of the data nodes change by their own manifests."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from ndsc.bench.estate import forces
from ndsc.bench.estate.server import Object, Server, path_of
from ndsc.errors import UnavailableError
from ndsc_operator.kinds import Kind

_DELETED: Any = None
EDITS: dict[str, Any] = {
    "Service": _DELETED,
    "PodDisruptionBudget": {"spec": {"maxUnavailable": 2}},
    "NetworkPolicy": _DELETED,
    "HorizontalPodAutoscaler": {"spec": {"maxReplicas": 50}},
    "LimitRange": _DELETED,
    "ResourceQuota": {"metadata": {"labels": {"ndsc.police.uk/force": "somebody-else"}}},
    "Deployment": {"spec": {"progressDeadlineSeconds": 77}},
}
"""What is done to a child of each kind: it is deleted, or a field of it is set."""
_SEED = 20_26
_EVERY_SECONDS, _EACH_SECONDS, _LONGEST_SECONDS = 0.25, 10.0, 60.0
_AT_ONCE = 16


@contextmanager
def changing(server: Server, these: Sequence[str]) -> Iterator[list[str]]:
    """Meanwhile, each of these forces' data nodes is changed every ten seconds; yields which, one after the other."""
    over, changed = threading.Event(), list[str]()

    def change() -> None:
        most = 3
        while not over.is_set():
            most = 7 - most  # 3, 4, 3, ...
            for code in these:
                body = {"spec": {"replicas": {"min": 1, "max": most}}}
                _patched(server, path_of(forces.NODE, "default", code), body)
                changed.append(code)
                if over.wait(_EACH_SECONDS / len(these)):
                    return

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield changed
    finally:
        over.set()
        thread.join()


def repairs(server: Server, these: Sequence[str], number: int) -> list[float]:
    """Change so many children of these forces, four a second; the seconds until each is as it should be again."""
    drawn = random.Random(_SEED)  # noqa: S311  # picks what is broken, guards nothing
    kinds = [list(EDITS)[turn % len(EDITS)] for turn in range(number)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting = []
        for kind in kinds:
            child = drawn.choice([one for one in forces.children([drawn.choice(these)]) if one["kind"] == kind])
            waiting.append(pool.submit(_repaired, server, child))
            time.sleep(_EVERY_SECONDS)
        return [one.result() for one in waiting]


def _repaired(server: Server, child: Object) -> float:
    kind: Kind = (child["apiVersion"], child["kind"])
    namespace, name = child["metadata"]["namespace"], child["metadata"]["name"]
    edit, path = EDITS[child["kind"]], path_of(kind, namespace, name)
    found = server.ask("GET", f"{path_of(kind, namespace)}?fieldSelector=metadata.name={name}")
    since = found["metadata"]["resourceVersion"]
    started = time.perf_counter()
    if edit is _DELETED:
        server.ask("DELETE", path)
    else:
        _patched(server, path, edit)
    broken = False
    for event, one in server.watch(kind, namespace, name, since, _LONGEST_SECONDS):
        if is_broken(event, one, edit):
            broken = True
        elif broken:
            return time.perf_counter() - started
    raise UnavailableError(f"{kind[1]} {namespace}/{name} was not repaired in {_LONGEST_SECONDS:.0f} s.")


def is_broken(event: str, one: Object, edit: Any) -> bool:
    """Whether a watch tells of the object as it was broken: gone, or with all that was set in it."""
    return event == "DELETED" if edit is _DELETED else event != "DELETED" and _holds(one, edit)


def _holds(one: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(one, dict) and all(_holds(one.get(name), value) for name, value in part.items())
    return bool(one == part)


def _patched(server: Server, path: str, body: Object) -> None:
    server.ask("PATCH", f"{path}?fieldManager=somebody", body, media="application/merge-patch+json")
