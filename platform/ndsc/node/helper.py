"""The process that maps batches for a load: rows come in on standard input, batches go out on standard output.

It imports only what mapping needs, for until it has started the load does the work alone.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import IO, Any

from ndsc.connectors.mapping import Mapper, compile_connector
from ndsc.connectors.rows import BadRow, RawRow
from ndsc.node.preparing import Rows, map_rows
from ndsc.node.staging import Batch, Writer

_OBJECTS_BETWEEN_COLLECTIONS = 200_000
_NICE = 10
"""The database comes first: merging waits for it alone, and there is always something else to map."""


def packed(mapper: Mapper, rows: Rows) -> list[Any]:
    """Rows in plain tuples, each with the reference that was worked out for it already."""
    return [row if isinstance(row, BadRow) else (mapper.reference(row), *row.parts) for row in rows]


def _unpacked(mapper: Mapper, rows: Sequence[Any]) -> Iterator[RawRow | BadRow]:
    for row in rows:
        if isinstance(row, BadRow):
            yield row
        else:
            reference, *parts = row
            readable = RawRow(*parts)
            readable.named = (mapper, reference)
            yield readable


def _answer(mapper: Mapper, writer: Writer, rows: Sequence[Any], numbers: Sequence[int]) -> tuple[Batch, list[str]]:
    return map_rows(mapper, writer, list(_unpacked(mapper, rows)), numbers)


def serve(jobs: IO[bytes], answers: IO[bytes]) -> None:
    """First what to map by, then batches; ``EOFError`` when there are no more."""
    mapper = compile_connector(*pickle.load(jobs))  # noqa: S301  # from the load that started this process
    writer = Writer()
    answer: Any = None  # it has started
    while True:
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()
        del answer  # before the next job comes: one batch at a time
        answer = _answer(mapper, writer, *pickle.load(jobs))  # noqa: S301  # as above


def main() -> None:
    """Until standard input ends, or nobody reads the answers: the load has ended, or was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the load, and this process ends with it
    os.nice(_NICE)
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    gc.enable()
    ends = (EOFError, BrokenPipeError, pickle.UnpicklingError)
    with contextlib.suppress(*ends), os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # whatever else is printed is no answer
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
