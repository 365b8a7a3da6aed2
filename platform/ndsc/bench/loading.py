"""Loading: the node's loader against COPY of the same rows into the same tables, bare; and its memory as files grow."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, text

from ndsc.audit.log import AuditLog
from ndsc.bench import exports
from ndsc.bench.measure import Better, Measurement, Spread, Step, rounded, seconds, turn_by_turn
from ndsc.connectors.catalogue import shipped
from ndsc.embedded.databases import Databases
from ndsc.node.ledger import LoadReport
from ndsc.node.loading import Loader, Progress
from ndsc.node.merging import driver_of
from ndsc.storage.database import engine_for
from ndsc.storage.server import Server, TemporaryServer

LOAD, MEMORY = "load-rows", "load-memory"
TABLES = ("record", "link")
_ROWS_FULL, _ROWS_QUICK = 25_000, 5_000
_TURNS_FULL, _TURNS_QUICK = 5, 3
_MEMORY_ROWS = (12_000, 120_000)
"""Both so many that a second process maps beside the load: it counts."""
_LONGEST_LOAD = 300
"""Seconds after which a load in a process of its own is given up."""


def measure_rate(step: Step, *, quick: bool, data: Path | None) -> list[Measurement]:
    """Rows a second, both ways in turn, each time into fresh tables."""
    rows, turns = (_ROWS_QUICK, _TURNS_QUICK) if quick else (_ROWS_FULL, _TURNS_FULL)
    files = exports.street_files(data)
    with TemporaryDirectory(prefix="ndsc-bench-") as name, TemporaryServer() as server:
        file = Path(name) / "street.csv"
        exports.write_rows(files, rows, file)
        databases = Databases(Server(server.url))
        try:
            step("loading once, to have the rows", 0.05)
            load(databases.engine("node", "first"), file)
            copied = _Copies(engine_for(databases.server.url_of("ndsc_first")))
            done = 0

            def fresh_load() -> float:
                nonlocal done
                done += 1
                step("loading", 0.1 + 0.9 * done / (turns + 1))
                return _timed_load(databases, f"turn_{done}", file)

            loads, copies = turn_by_turn(fresh_load, copied.timed, turns)
            copied.close()
        finally:
            databases.close()
    return [_rate(rows, copied, loads, copies, files)]


class _Copies:
    """What a load wrote, ready to be copied into tables of the same columns without index, key or trigger.

    ``engine`` is the server's user's, for a service makes no tables.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.blocks: dict[str, list[bytes]] = {}
        self.rows: dict[str, int] = {}
        with engine.begin() as connection:
            driver = driver_of(connection)
            for table in TABLES:
                with driver.cursor().copy(f"COPY {table} TO STDOUT") as out:
                    self.blocks[table] = [bytes(block) for block in out]
                self.rows[table] = driver.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # type: ignore[index]  # noqa: S608
                driver.execute(f"CREATE TABLE bare_{table} (LIKE {table})")

    def timed(self) -> float:
        """Seconds that COPY takes, with its commit."""
        with self._engine.begin() as connection:
            for table in TABLES:
                connection.execute(text(f"TRUNCATE bare_{table}"))
        return seconds(self._copy)[0]

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _copy(self) -> None:
        with self._engine.begin() as connection:
            driver = driver_of(connection)
            for table in TABLES:
                with driver.cursor().copy(f"COPY bare_{table} FROM STDIN") as into:
                    for block in self.blocks[table]:
                        into.write(block)


def _timed_load(databases: Databases, name: str, file: Path) -> float:
    engine = databases.engine("node", name)
    try:
        return seconds(lambda: load(engine, file))[0]
    finally:
        databases.drop("node", name)


def load(engine: Engine, file: Path, progress: Progress | None = None) -> LoadReport:
    """One street file into one node."""
    loader = Loader(engine, exports.FORCE, AuditLog(engine, f"ndsc.police.uk/audit/node/{exports.FORCE}"))
    return loader.load(file, shipped(exports.CONNECTOR), progress)


def _rate(
    rows: int, copied: _Copies, loads: Sequence[float], copies: Sequence[float], files: Sequence[Path]
) -> Measurement:
    ratio = Spread.of([copy / load for load, copy in zip(loads, copies, strict=True)])
    ours, theirs = (Spread.of([rows / taken for taken in side]).text("rows/s", 0) for side in (loads, copies))
    held = " and ".join(f"{count:,} {table}s" for table, count in copied.rows.items())
    return Measurement(
        name=LOAD,
        ratio=rounded(ratio.median),
        goal=0.2,
        better=Better.HIGHER,
        detail=(
            f"{rows:,} rows of {len(files)} street files ({held}), {len(loads)} turns; ratio {ratio.text()}; "
            f"the load {ours}, with reading, mapping, merging, index queue and audit; "
            f"COPY of what it wrote into the same two tables without indexes {theirs}"
        ),
    )


def measure_memory(step: Step, *, data: Path | None) -> list[Measurement]:
    """Peak resident memory of a process that loads a file, and of one that loads a file of ten times the rows."""
    files = exports.street_files(data)
    peaks = []
    with TemporaryDirectory(prefix="ndsc-bench-") as name, TemporaryServer() as server:
        databases = Databases(Server(server.url))
        try:
            for number, rows in enumerate(_MEMORY_ROWS):
                step(f"loading {rows:,} rows", number / len(_MEMORY_ROWS))
                file = Path(name) / f"street-{rows}.csv"
                exports.write_rows(files, rows, file)
                url = databases.engine("node", f"memory_{number}").url.render_as_string(hide_password=False)
                peaks.append(_peak_of(url, file))
        finally:
            databases.close()
    return [
        Measurement(
            name=MEMORY,
            ratio=rounded(peaks[1] / peaks[0]),
            goal=1.2,
            better=Better.LOWER,
            detail=(
                f"peak resident memory of a load, its processes together: {peaks[0] / 1024:.0f} MB for "
                f"{_MEMORY_ROWS[0]:,} rows, {peaks[1] / 1024:.0f} MB for {_MEMORY_ROWS[1]:,}"
            ),
        )
    ]


def _peak_of(url: str, file: Path) -> int:
    """Kilobytes."""
    done = subprocess.run(  # noqa: S603  # our own module, our own arguments
        [sys.executable, "-m", "ndsc.bench.loading_process", url, str(file)],
        capture_output=True,
        text=True,
        check=True,
        timeout=_LONGEST_LOAD,
        env={**os.environ},
    )
    return int(done.stdout.split()[-1])
