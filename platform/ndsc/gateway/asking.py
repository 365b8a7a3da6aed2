"""Asks nodes side by side under one deadline; one that is late or down becomes a line of the answer, not an error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping

import structlog

from ndsc.errors import NdscError, UnavailableError
from ndsc.gateway.schemas import ForceAnswer, ForceStatus
from ndsc.node.client import NodeClient, NodeHibernatedError
from ndsc.node.schemas import MAX_RECORD_BYTES, FoundRecord, NodeAnswer, NodeSearch, NodeStatus
from ndsc.web.client import AnswerTooLargeError, RemoteProblemError, RemoteTimeoutError
from ndsc.web.room import Room

_log = structlog.get_logger("ndsc.gateway")
_DETAIL = 300
_WHOLE_BYTES = 64 * 1024 * 1024
"""What all nodes answer to one search, together; each has an equal share of it for sure."""
_CANNOT = "its node cannot answer now"
_STATUSES = {
    NodeStatus.ANSWERED: ForceStatus.ANSWERED,
    NodeStatus.NOTHING: ForceStatus.NOTHING_HELD,
    NodeStatus.DENIED: ForceStatus.DENIED,
}


async def ask_all(
    nodes: Mapping[str, NodeClient], searches: Mapping[str, NodeSearch], token: str, *, deadline: float
) -> tuple[list[ForceAnswer], list[FoundRecord]]:
    """Ask each force its own search; ``deadline`` is on the ``time.monotonic`` clock.

    Returns a line for every force asked, by name, and all records given.
    """
    room = Room(_WHOLE_BYTES, len(searches))
    tasks = {
        force: asyncio.create_task(_ask(force, nodes.get(force), search, token, room))
        for force, search in searches.items()
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


def none_asked(forces: Iterable[str], why: str) -> list[ForceAnswer]:
    """A line for each force of which it was never known whether to ask it."""
    started = time.monotonic()
    return [_line(force, ForceStatus.NOT_ASKED, started, detail=why) for force in sorted(forces)]


async def _ask(
    force: str, node: NodeClient | None, search: NodeSearch, token: str, room: Room
) -> tuple[ForceAnswer, tuple[FoundRecord, ...]]:
    started = time.monotonic()
    if node is None:
        return _line(force, ForceStatus.UNREACHABLE, started, detail="the network knows no node of this force"), ()
    try:
        answer = await node.search(search, token, room.part(search.limit * MAX_RECORD_BYTES))
    except (NdscError, ValueError) as error:
        status, detail = _went_wrong(error)
        return _line(force, status, started, detail=detail), ()
    if not _is_own(force, search, answer):
        _log.warning("a node answered for another force, or about what was not asked", force=force)
        return _line(force, ForceStatus.UNREACHABLE, started, detail=_CANNOT), ()
    return _answered(force, answer, started), answer.records


def _went_wrong(error: Exception) -> tuple[ForceStatus, str]:
    """What a line says of it: only a refusal of the officer is the node's to word."""
    if isinstance(error, NodeHibernatedError):
        return ForceStatus.HIBERNATED, "its force has put its node to sleep"
    if isinstance(error, RemoteTimeoutError):
        return ForceStatus.TIMED_OUT, "no answer in time"
    if isinstance(error, AnswerTooLargeError):
        return ForceStatus.UNREACHABLE, "its answer is too large: ask for fewer records"
    if isinstance(error, RemoteProblemError) and error.status in (401, 403):
        return ForceStatus.DENIED, error.said[:_DETAIL]
    if isinstance(error, UnavailableError):
        return ForceStatus.UNREACHABLE, "its node does not answer"
    return ForceStatus.UNREACHABLE, _CANNOT


def _answered(force: str, answer: NodeAnswer, started: float) -> ForceAnswer:
    return ForceAnswer(
        force=force,
        status=_STATUSES[answer.status],
        records=len(answer.records),
        refusals=answer.refusals,
        took_ms=_since(started),
    )


def _is_own(force: str, search: NodeSearch, answer: NodeAnswer) -> bool:
    """A node speaks for its own force and for nobody else, and of what was asked: one that does not is not believed."""
    return (
        answer.force == force
        and len(answer.records) <= search.limit
        and all(is_of(force, record) and record.kind is search.kind for record in answer.records)
    )


def is_of(force: str, record: FoundRecord) -> bool:
    """Whether a record and all that it brings along are this force's own."""
    return all(
        given.force == force and given.id.startswith(f"{force}.") and given.body.kind is given.kind
        for given in (record, *record.links)
    )


def _line(force: str, status: ForceStatus, started: float, *, detail: str) -> ForceAnswer:
    return ForceAnswer(force=force, status=status, took_ms=_since(started), detail=detail)


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
