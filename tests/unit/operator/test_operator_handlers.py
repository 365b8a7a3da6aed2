"""What kopf calls, and where: on the loop that queues and watches belong to."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any, cast

from ndsc_operator.handlers import Queues, registry
from ndsc_operator.metrics import Conditions
from ndsc_operator.queue import WorkQueue


def _queue() -> WorkQueue[Any]:
    async def work(_: Any) -> None: ...

    return WorkQueue(work)


def test_every_handler_of_an_event_is_a_coroutine_for_kopf_runs_others_on_threads() -> None:
    async def handlers() -> list[Any]:
        queues = Queues(_queue(), _queue(), _queue(), _queue(), _queue(), _queue())
        made = registry(queues, cast("Any", None), cast("Any", None), Conditions())
        return list(cast("Any", made)._watching.get_all_handlers())

    found = asyncio.run(handlers())
    assert len(found) > 5
    assert [one.id for one in found if not inspect.iscoroutinefunction(one.fn)] == []
