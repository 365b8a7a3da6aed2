"""``python -m ndsc_operator``: the operator of the cluster that the kubeconfig, or the pod's own account, leads to."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Coroutine
from typing import Any

from ndsc.web.logging import configure_once
from ndsc_operator.handlers import run
from ndsc_operator.settings import Settings

_PREFIX = "NDSC_OPERATOR_"


def settings_from(environment: dict[str, str]) -> Settings:
    """Settings by their names in capitals. Raises pydantic's ValidationError for a bad or unknown one."""
    given = {
        name.removeprefix(_PREFIX).lower(): value for name, value in environment.items() if name.startswith(_PREFIX)
    }
    return Settings.model_validate(given)


async def until_told(work: Coroutine[Any, Any, None]) -> None:
    """The work, until SIGTERM ends it in order, whether it leads or waits: a container's first process is not ended."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main() -> None:
    """Run until stopped."""
    configure_once()
    # Not uvloop: it looks even numbers up, on four threads, and slow name servers would hold up the Lease.
    asyncio.run(until_told(run(settings_from(dict(os.environ)))))


if __name__ == "__main__":
    main()
