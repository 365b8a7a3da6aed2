"""Watches begin anew after a definition of ours came, for what kopf does not find at once it never looks for again."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, cast

import kopf
import pytest

from ndsc_operator import renewing

OURS = "forces.ndsc.police.uk"


def test_watches_begin_anew_once_a_definition_of_ours_has_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewing, "SETTLED_SECONDS", 0.05)
    ends: list[bool] = []
    told = [
        [(OURS, None), ("clusters.postgresql.cnpg.io", "ADDED"), (OURS, "ADDED"), (OURS, "MODIFIED")],
        [(OURS, None), (OURS, "DELETED")],
    ]

    async def spawn_tasks(*, registry: kopf.OperatorRegistry, stop_flag: asyncio.Event, **_: Any) -> Any:
        async def root() -> None:
            [handler] = cast("Any", registry)._watching.get_all_handlers()
            for name, change in told[len(ends)]:
                await handler.fn(name=name, type=change)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop_flag.wait(), 0.5)
            ends.append(stop_flag.is_set())

        return [asyncio.create_task(root())]

    monkeypatch.setattr(kopf, "spawn_tasks", spawn_tasks)
    made: list[kopf.OperatorRegistry] = []

    def registry() -> kopf.OperatorRegistry:
        made.append(kopf.OperatorRegistry())
        return made[-1]

    async def beside() -> str:
        working = asyncio.create_task(asyncio.sleep(0.1, "worked on"))
        await renewing.watch(registry, "operator-0")
        return await working  # kopf ends what began while it ran, but for what it is told to leave alone

    assert asyncio.run(beside()) == "worked on"
    assert ends == [True, False]
    assert len(made) == 2
