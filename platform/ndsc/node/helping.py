"""A process beside a load that maps some of its batches, for one interpreter computes on one core at a time.

Mapping is a function of rows and their numbers, so who does it changes nothing but the time. The process has no
connection to the database and keeps nothing. It ends when its standard input does, as it does when the load is killed;
should it die itself, or not answer, the load maps what it had and goes on alone.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, Self

import structlog

from ndsc.connectors.mapping import Mapper
from ndsc.node.helper import packed
from ndsc.node.preparing import Rows
from ndsc.node.staging import Batch

WORTH_HELP_BYTES = 1_500_000
"""A file of this size takes longer than the process takes to start; until then the load maps by itself."""
_AT_HAND = 2
"""Batches given to the process at a time: one in work, and one that waits for it."""
_START = "import gc; gc.disable(); from ndsc.node.helper import main; main()"
"""What is loaded stays, and looking through it for garbage takes a tenth of the time until the process has started."""
_LONGEST_SECONDS = 60.0
"""For one batch, of which a mapper does ten a second."""

Mapped = tuple[Batch, list[str]]
"""The batch that some rows make, and its records that earlier rows may have described."""

_log = structlog.get_logger("ndsc.node")


class Helper:
    """The process, as one thread of the load sees it."""

    def __init__(self, mapper: Mapper, file_name: str) -> None:
        """Start it. Raises ``OSError`` if that cannot be done."""
        self._mapper = mapper
        self.process = subprocess.Popen(  # noqa: S603  # our own words
            [sys.executable, "-P", "-c", _START],  # -P: no file of the present folder is taken for a module
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # an error may quote a row; the load meets the same one, and reports it
        )
        self._talk = ThreadPoolExecutor(1, "helper")
        self._given = 0  # by the load's thread
        self._answered = 0  # by the thread that talks
        self.started: Future[None] = self._talk.submit(self._exchange, (mapper.connector, mapper.force, file_name))
        self._gone = False

    @property
    def free(self) -> bool:
        """Whether it has started, lives, and has not enough to do."""
        if self._gone or not self.started.done() or self.started.exception() is not None:
            return False
        return self._given - self._answered < _AT_HAND

    def map(self, rows: Rows, numbers: Sequence[int]) -> Future[Mapped]:
        """What the rows give; in the future, ``EOFError`` or ``OSError`` if the process dies."""
        self._given += 1
        return self._talk.submit(self._map, (packed(self._mapper, rows), numbers))

    def give_up(self) -> None:
        """End it at once, and give it nothing any more."""
        if not self._gone:
            self._gone = True
            self.process.kill()
            _log.warning("mapping-helper-gone", status=self.process.wait())

    def _map(self, job: Any) -> Mapped:
        try:
            mapped: Mapped = self._exchange(job)
        finally:
            self._answered += 1
        return mapped

    def _exchange(self, job: Any) -> Any:
        jobs, answers = self.process.stdin, self.process.stdout
        assert jobs is not None
        assert answers is not None
        pickle.dump(job, jobs, pickle.HIGHEST_PROTOCOL)
        jobs.flush()
        return pickle.load(answers)  # noqa: S301  # from our own process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._gone = True
        self.process.kill()  # it keeps nothing, and nobody waits for what it may still be at
        self.process.wait()
        self._talk.shutdown(cancel_futures=True)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            with contextlib.suppress(OSError):  # what was not sent yet has nobody to go to
                stream.close()


class _Waiting(NamedTuple):
    rows: Rows
    numbers: Sequence[int]
    mapped: Mapped | Future[Mapped]

    @property
    def there(self) -> bool:
        return not isinstance(self.mapped, Future) or self.mapped.done()


def mapped_in_turn(
    work: Iterable[tuple[Rows, Sequence[int]]], own: Callable[[Rows, Sequence[int]], Mapped], helper: Helper | None
) -> Iterator[tuple[Rows, Mapped]]:
    """Rows, a batch at a time in their order, with what they give: by the helper while it is free, else by ``own``."""
    waiting: deque[_Waiting] = deque()
    for rows, numbers in work:
        given = helper.map(rows, numbers) if helper is not None and helper.free else own(rows, numbers)
        waiting.append(_Waiting(rows, numbers, given))
        while waiting and (len(waiting) > _AT_HAND or waiting[0].there):
            yield _taken(waiting.popleft(), own, helper)
    while waiting:
        yield _taken(waiting.popleft(), own, helper)


def _taken(one: _Waiting, own: Callable[[Rows, Sequence[int]], Mapped], helper: Helper | None) -> tuple[Rows, Mapped]:
    if not isinstance(one.mapped, Future) or helper is None:
        assert not isinstance(one.mapped, Future)
        return one.rows, one.mapped
    try:
        return one.rows, one.mapped.result(_LONGEST_SECONDS)
    except (EOFError, OSError, pickle.UnpicklingError, TimeoutError):  # it died, or is as good as dead
        helper.give_up()
        return one.rows, own(one.rows, one.numbers)
