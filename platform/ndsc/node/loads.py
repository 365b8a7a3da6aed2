"""Exports that come over the network: kept on the scratch disk while they are taken in, one at a time."""

from __future__ import annotations

import asyncio
import errno
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from ndsc.connectors import catalogue
from ndsc.connectors.connector import Connector
from ndsc.node.errors import CallerRefusedError, LoadRunningError, NoRoomError
from ndsc.node.ledger import LoadReport
from ndsc.node.loading import Loader
from ndsc.trust.tokens import ServiceClaims

MAX_EXPORT_BYTES = 1024 * 1024 * 1024
"""An export is at most this large; a larger one is sent in parts, each a file of its own with a head of its own."""
_WRITE_BYTES = 1024 * 1024


class Loads:
    """``connectors`` is the folder of the force's own; ``loaded`` is called when records may have changed."""

    def __init__(
        self,
        loader: Loader,
        force: str,
        *,
        connectors: Path | None = None,
        loaded: Callable[[], None] = lambda: None,
    ) -> None:
        self._loader = loader
        self._force = force
        self._connectors = connectors
        self._loaded = loaded
        self._one = threading.Lock()

    async def take(self, caller: ServiceClaims, connector: str, file: str, content: AsyncIterator[bytes]) -> LoadReport:
        """Take an export in; ``file`` is what it is called in the node's book.

        Raises :class:`CallerRefusedError`, ``ConnectorError``, :class:`LoadRunningError`, :class:`NoRoomError`, and
        what ``Loader.load`` raises.
        """
        if caller.service != "loader" or caller.force != self._force:
            raise CallerRefusedError("Only a loader of the node's own force may load.")
        with self._alone():
            chosen = await asyncio.to_thread(self._connector, connector)
            with tempfile.TemporaryDirectory(prefix="ndsc-load-") as folder:
                path = Path(folder) / file
                await _keep(content, path)
                try:
                    return await asyncio.to_thread(self._loader.load, path, chosen, None, self._refuse)
                finally:
                    self._loaded()

    def _connector(self, name: str) -> Connector:
        """The force's own of that name before a shipped one."""
        own = self._connectors / f"{name}.yaml" if self._connectors is not None else None
        return catalogue.load(own) if own is not None and own.is_file() else catalogue.shipped(name)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """In this process; the database sees to the other copies of the node."""
        if not self._one.acquire(blocking=False):
            self._refuse()
        try:
            yield
        finally:
            self._one.release()

    def _refuse(self) -> NoReturn:
        raise LoadRunningError(
            f"The node of {self._force} is taking in another export.", hint="Send it when that ends."
        )


async def _keep(content: AsyncIterator[bytes], path: Path) -> None:
    """Write what comes to a file. Raises :class:`NoRoomError` when the disk is full."""
    waiting = bytearray()
    try:
        with path.open("wb") as file:
            async for part in content:
                waiting += part
                if len(waiting) >= _WRITE_BYTES:
                    await asyncio.to_thread(file.write, bytes(waiting))
                    waiting.clear()
            await asyncio.to_thread(file.write, bytes(waiting))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoRoomError("The node's scratch disk is full.", hint="Send the export in parts.") from None
