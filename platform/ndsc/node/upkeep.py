"""Brings the index up to the records by itself, in a thread of the node: after loads, and when what lists them changes.

Several copies of a node may run it at once: one works, the others find it busy and look again. An evaluator, registry
or database that is away is waited for, longer each time.
"""

from __future__ import annotations

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ndsc.errors import NdscError
from ndsc.node.errors import IndexBusyError
from ndsc.node.indexing import Indexer
from ndsc.web.logging import place_of
from ndsc.web.patience import pause

LOOK_SECONDS = 1.0
"""How long a change waits at most before it is noticed, where no load says so at once."""
LONGEST_PAUSE_SECONDS = 30.0
_CLOSE_SECONDS = 10.0

_log = structlog.get_logger("ndsc.node")


class IndexUpkeep:
    """Use :meth:`start` and :meth:`close`; :meth:`wake` when records have changed."""

    def __init__(self, indexer: Indexer, force: str, *, look: float = LOOK_SECONDS) -> None:
        self._indexer = indexer
        self._force = force
        self._look = look
        self._ending = threading.Event()
        self._wake = threading.Event()
        self._listed = False
        self._thread = threading.Thread(target=self._run, name="index-upkeep", daemon=True)
        self.failures = 0
        """Failures in a row; 0 while the index follows."""

    def start(self) -> None:
        """Begin; answers at once."""
        self._thread.start()

    def close(self) -> None:
        """End. A step that is under way is left to end by itself: whatever is cut off is done again."""
        self._ending.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_SECONDS)

    def wake(self) -> None:
        """Look now."""
        self._wake.set()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._follow()
            except Exception as error:
                self._failed(error)
                # Not sooner for a wake: whoever is away is not asked more often because much is loaded.
                self._ending.wait(pause(self.failures - 1, most=LONGEST_PAUSE_SECONDS))
            else:
                self.failures = 0
                self._wake.wait(self._look)
                self._wake.clear()

    def _follow(self) -> None:
        try:
            if not self._listed:  # once: entries are withdrawn only while no copy of the node runs
                if self._indexer.list_anew():
                    _log.info("index-listed-anew", force=self._force)
                self._listed = True
            if self._indexer.is_behind():
                done = self._indexer.drain()
                _log.info("index-followed", force=self._force, records=done)
        except IndexBusyError:
            return  # another copy is at it

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        if isinstance(error, NdscError):
            _log.warning("index-left-behind", force=self._force, code=error.code, attempt=self.failures)
        elif isinstance(error, SQLAlchemyError):
            _log.warning("index-left-behind", force=self._force, error=type(error).__name__, attempt=self.failures)
        else:
            _log.error("index-left-behind", force=self._force, error=type(error).__name__, where=place_of(error))
