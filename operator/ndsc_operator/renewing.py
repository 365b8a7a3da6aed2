"""Watches begin anew some seconds after a definition of ours came.

kopf looks once for the kind that a new definition names. The API server may not list it yet by then, and kopf, which
hears nothing more of it, would never watch it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import kopf
import structlog

from ndsc.resources.base import GROUP

SETTLED_SECONDS = 3.0
"""After a definition's last change the API server lists its kind: discovery follows within about one."""
_log = structlog.get_logger(__name__)


class _Everybody(frozenset["asyncio.Task[Any]"]):
    """Tasks that kopf leaves alone when it ends: all but those that it began with, for the others are ours."""

    def __contains__(self, _: object) -> bool:
        return True


@dataclass(slots=True)
class Renewal:
    """Whether watches are to begin anew."""

    due: asyncio.Event = field(default_factory=asyncio.Event)
    _timer: asyncio.TimerHandle | None = None

    def soon(self) -> None:
        """Once nothing was changed for a while."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(SETTLED_SECONDS, self.due.set)


def of_definitions(made: kopf.OperatorRegistry, renewal: Renewal) -> None:
    """Renew the watches when a definition of ours comes or changes; those that were there before it are watched."""

    @kopf.on.event("apiextensions.k8s.io", "v1", "customresourcedefinitions", registry=made)
    async def definition_changed(name: str, type: str | None, **_: Any) -> None:  # noqa: A002  # kopf's name
        if name.endswith(f".{GROUP}") and type in {"ADDED", "MODIFIED"}:
            renewal.soon()


async def watch(registry: Callable[[], kopf.OperatorRegistry], identity: str) -> None:
    """Follow what a registry names, anew whenever that is due, until the process is told to end."""
    # Named, for kopf would look for the name of a user, which a container has not.
    who = cast("Any", identity)  # a type that kopf does not export
    while True:
        made, renewal = registry(), Renewal()
        of_definitions(made, renewal)
        its = await kopf.spawn_tasks(
            registry=made, clusterwide=True, standalone=True, identity=who, stop_flag=renewal.due
        )
        await kopf.run_tasks(its, ignored=_Everybody())
        if not renewal.due.is_set():
            return
        _log.info("definitions changed, watching anew")
