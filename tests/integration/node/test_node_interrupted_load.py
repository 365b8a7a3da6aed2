"""A load that is killed at any point, and started again, ends as if nothing had happened."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ndsc.audit.log import AuditLog
from ndsc.audit.verify import verify
from ndsc.connectors.connector import Connector
from ndsc.node.loading import Loader

Export = Callable[..., Path]
BATCH = 10
ROWS = 800
# It is killed somewhere between two batches that the source names, and never gets further than the second of them.
CHILD = """
import os, random, signal, sys, threading, time
from pathlib import Path
from ndsc.audit.log import AuditLog
from ndsc.connectors.catalogue import load
from ndsc.node.loading import Loader
from ndsc.storage.database import engine_for
engine = engine_for(sys.argv[1])
loader = Loader(engine, "south-wales", AuditLog(engine, "test/node"), batch_rows=int(sys.argv[4]))
first, last = int(sys.argv[5]), int(sys.argv[6])
def progress(rows, part):
    if rows >= first and not timers:
        timers.append(threading.Timer(random.uniform(0, 0.05), os.kill, (os.getpid(), signal.SIGKILL)))
        timers[0].start()
    if rows >= last:
        time.sleep(60)
timers = []
loader.load(Path(sys.argv[2]), load(Path(sys.argv[3])), progress)
"""
CONTENT = (
    "SELECT id, content_hash, body, suspect, witness, provenance FROM record ORDER BY id",
    "SELECT * FROM link ORDER BY source, target, role, subject_category, stated_by",
    "SELECT line, reason, raw, repeat, occurrence FROM quarantine ORDER BY line",
    "SELECT rows_done, loaded, changed, unchanged, quarantined, state FROM load",
    "SELECT DISTINCT unnest(record_ids) AS id FROM outbox ORDER BY id",
)


def content(engine: Engine) -> list[list[Any]]:
    with engine.connect() as connection:
        return [[tuple(row) for row in connection.execute(text(query))] for query in CONTENT]


def rows(count: int) -> list[str]:
    """People at events, with repeated references and bad rows among them."""
    source = random.Random(5)
    made = []
    for _ in range(count):
        day = "no day" if source.random() < 0.05 else f"2025-01-{source.randint(1, 28):02}"
        part, event = source.choice(["suspect", "witness", "victim"]), f"E{source.randint(1, 30)}"
        made.append(f"R{source.randint(1, count // 2)},{day},Ann,Archer{source.randint(1, 90)},1980,{event},{part}")
    return made


def run_until_killed(url: str, file: Path, connector: Path, first: int, last: int) -> None:
    """A load in a process of its own that is killed once so many rows are in, at the latest before so many are."""
    arguments = (url, str(file), str(connector), str(BATCH), str(first), str(last))
    command = [sys.executable, "-c", CHILD, *arguments]
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def test_a_load_killed_several_times_ends_as_one_that_was_not(
    node_engine: Engine, make_node: Callable[[], Engine], connector: Connector, export: Export, connector_text: str
) -> None:
    file = export(*rows(ROWS))
    written = file.with_name("register.yaml")
    written.write_text(connector_text)
    undisturbed, rough = node_engine, make_node()
    url = rough.url.render_as_string(hide_password=False)
    expected = Loader(undisturbed, "south-wales", AuditLog(undisturbed, "test/node"), batch_rows=BATCH).load(
        file, connector
    )
    for first, last in ((BATCH, ROWS // 4), (ROWS // 2, ROWS - BATCH)):
        run_until_killed(url, file, written, first, last)
    report = Loader(rough, "south-wales", AuditLog(rough, "test/node"), batch_rows=BATCH).load(file, connector)
    assert report.resumed_at >= ROWS // 2 - BATCH  # progress is told of a batch when the one before it is committed
    assert report.read == report.loaded + report.changed + report.unchanged + report.quarantined == ROWS
    assert report.model_dump(include={"loaded", "changed", "unchanged", "quarantined"}) == expected.model_dump(
        include={"loaded", "changed", "unchanged", "quarantined"}
    )
    assert content(rough) == content(undisturbed)
    assert verify(AuditLog(rough, "test/node")).intact


def test_a_load_goes_on_at_its_checkpoint_whatever_the_batch_size_is_now(
    node_engine: Engine, connector: Connector, export: Export
) -> None:
    class PowerCutError(Exception):
        pass

    done = 0

    def cut(read: int, part: float) -> None:
        nonlocal done
        done = read
        if read >= 40:
            raise PowerCutError

    file, audit = export(*rows(100)), AuditLog(node_engine, "test/node")
    with pytest.raises(PowerCutError):
        Loader(node_engine, "south-wales", audit, batch_rows=20).load(file, connector, cut)
    report = Loader(node_engine, "south-wales", audit, batch_rows=33).load(file, connector)
    assert report.resumed_at == done
    assert report.read == 100
    assert Loader(node_engine, "south-wales", audit).load(file, connector).unchanged == 100 - report.quarantined
