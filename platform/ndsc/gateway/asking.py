"""Asks nodes side by side under one deadline; one that is late or down becomes a line of the answer, not an error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from ndsc.errors import NdscError
from ndsc.gateway.schemas import ForceAnswer, ForceStatus
from ndsc.node.client import AsyncNodeClient
from ndsc.node.schemas import FoundRecord, NodeAnswer, NodeSearch, NodeStatus
from ndsc.web.client import RemoteProblemError, RemoteTimeoutError

_STATUSES = {
    NodeStatus.ANSWERED: ForceStatus.ANSWERED,
    NodeStatus.NOTHING: ForceStatus.NOTHING_HELD,
    NodeStatus.DENIED: ForceStatus.DENIED,
}


async def ask_all(
    nodes: Mapping[str, AsyncNodeClient], searches: Mapping[str, NodeSearch], token: str, *, deadline: float
) -> tuple[list[ForceAnswer], list[FoundRecord]]:
    """Ask each force its own search; ``deadline`` is on the ``time.monotonic`` clock.

    Returns a line for every force asked, by name, and all records given.
    """
    tasks = {
        force: asyncio.create_task(_ask(force, nodes.get(force), search, token)) for force, search in searches.items()
    }
    started = time.monotonic()
    if tasks:
        await asyncio.wait(tasks.values(), timeout=max(0.0, deadline - started))
    lines: list[ForceAnswer] = []
    records: list[FoundRecord] = []
    for force, task in sorted(tasks.items()):
        if task.done():
            line, given = task.result()
            lines.append(line)
            records.extend(given)
        else:
            task.cancel()
            lines.append(_line(force, ForceStatus.TIMED_OUT, started, detail="no answer before the search's deadline"))
    return lines, records


async def _ask(
    force: str, node: AsyncNodeClient | None, search: NodeSearch, token: str
) -> tuple[ForceAnswer, tuple[FoundRecord, ...]]:
    started = time.monotonic()
    if node is None:
        return _line(force, ForceStatus.UNREACHABLE, started, detail="the network knows no node of this force"), ()
    try:
        answer = await node.search(search, token)
    except RemoteTimeoutError:
        return _line(force, ForceStatus.TIMED_OUT, started, detail="no answer in time"), ()
    except RemoteProblemError as problem:
        refused = problem.status in (401, 403)
        status = ForceStatus.DENIED if refused else ForceStatus.UNREACHABLE
        return _line(force, status, started, detail=problem.message), ()
    except (NdscError, ValueError):  # down, or it answered something that is no answer
        return _line(force, ForceStatus.UNREACHABLE, started, detail="its node does not answer"), ()
    return _answered(force, answer, started), _own(force, answer)


def _answered(force: str, answer: NodeAnswer, started: float) -> ForceAnswer:
    return ForceAnswer(
        force=force,
        status=_STATUSES[answer.status],
        records=len(_own(force, answer)),
        refusals=answer.refusals,
        took_ms=_since(started),
    )


def _own(force: str, answer: NodeAnswer) -> tuple[FoundRecord, ...]:
    """A node speaks for its own force and for nobody else."""
    return tuple(record for record in answer.records if record.force == force)


def _line(force: str, status: ForceStatus, started: float, *, detail: str) -> ForceAnswer:
    return ForceAnswer(force=force, status=status, took_ms=_since(started), detail=detail)


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
