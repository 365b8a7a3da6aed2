"""A load with a second process that maps beside it ends as one without, whatever becomes of either process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.integration.node.test_node_interrupted_load import content, rows

from ndsc.audit.log import AuditLog
from ndsc.audit.verify import verify
from ndsc.connectors.connector import Connector
from ndsc.connectors.mapping import Mapper
from ndsc.node import helping
from ndsc.node.ledger import LoadReport
from ndsc.node.loading import Loader

Export = Callable[..., Path]
COUNTS = {"read", "loaded", "changed", "unchanged", "quarantined"}
STARTED_SECONDS = 60


class Prompt(helping.Helper):
    """A helper that has started before the load begins, so that a short load has one; it remembers what it was."""

    made: list[Prompt]
    mapped: int

    def __init__(self, mapper: Mapper, file_name: str) -> None:
        super().__init__(mapper, file_name)
        self.started.result(STARTED_SECONDS)
        self.mapped = 0
        Prompt.made.append(self)

    def map(self, *given: Any) -> Any:
        self.mapped += 1
        return super().map(*given)


@pytest.fixture(autouse=True)
def _prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    Prompt.made = []
    monkeypatch.setattr("ndsc.node.loading.Helper", Prompt)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def load(engine: Engine, file: Path, connector: Connector, *, helped: bool = True, **more: Any) -> LoadReport:
    loader = Loader(
        engine, "south-wales", AuditLog(engine, "test/node"), batch_rows=20, helped_from=0 if helped else 1 << 40
    )
    return loader.load(file, connector, **more)


@pytest.fixture
def file(export: Export) -> Path:
    return export(*rows(600))


@pytest.fixture
def expected(make_node: Callable[[], Engine], file: Path, connector: Connector) -> tuple[Any, Any]:
    """The counts, and the content, of a load in one process."""
    engine = make_node()
    report = load(engine, file, connector, helped=False)
    assert report.read == report.loaded + report.changed + report.unchanged + report.quarantined == 600
    return report.model_dump(include=COUNTS), content(engine)


def same(engine: Engine, report: LoadReport, expected: tuple[Any, Any]) -> bool:
    return (report.model_dump(include=COUNTS), content(engine)) == expected and verify(
        AuditLog(engine, "test/node")
    ).intact


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has asked for its status yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_helped_load_ends_as_one_without_help(
    node_engine: Engine, file: Path, connector: Connector, expected: tuple[Any, Any]
) -> None:
    report = load(node_engine, file, connector)
    [helper] = Prompt.made
    assert 0 < helper.mapped < 600 / 20  # both had a part in it
    assert same(node_engine, report, expected)
    assert helper.process.poll() is not None
    again = load(node_engine, file, connector)
    assert again.loaded == again.changed == 0


def test_a_small_file_is_mapped_by_the_load_alone(node_engine: Engine, file: Path, connector: Connector) -> None:
    assert file.stat().st_size < helping.WORTH_HELP_BYTES
    Loader(node_engine, "south-wales", AuditLog(node_engine, "test/node")).load(file, connector)
    assert not Prompt.made


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_load_whose_helper_dies_or_hangs_goes_on_alone(
    node_engine: Engine,
    file: Path,
    connector: Connector,
    expected: tuple[Any, Any],
    how: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(helping, "_LONGEST_SECONDS", 5.0)
    hit: list[int] = []

    def strike(read: int, part: float) -> None:
        if read >= 100 and not hit:
            os.kill(Prompt.made[0].process.pid, how)
            hit.append(Prompt.made[0].mapped)

    report = load(node_engine, file, connector, progress=strike)
    assert hit
    assert Prompt.made[0].mapped < 600 / 20 / 2
    assert same(node_engine, report, expected)
    assert Prompt.made[0].process.poll() == -signal.SIGKILL


def test_a_load_that_cannot_start_a_helper_goes_on_alone(
    node_engine: Engine, file: Path, connector: Connector, expected: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert same(node_engine, load(node_engine, file, connector), expected)
    assert not Prompt.made


def test_a_load_that_fails_leaves_no_helper_and_is_resumed(
    node_engine: Engine, file: Path, connector: Connector, expected: tuple[Any, Any]
) -> None:
    class PowerCutError(Exception):
        pass

    done = 0

    def cut(read: int, part: float) -> None:
        nonlocal done
        done = read
        if read >= 200:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        load(node_engine, file, connector, progress=cut)
    assert Prompt.made[0].process.poll() is not None
    report = load(node_engine, file, connector)
    assert report.resumed_at == done
    assert same(node_engine, report, expected)


CHILD = """
import os, sys, time
from pathlib import Path
from ndsc.audit.log import AuditLog
from ndsc.connectors.catalogue import load
from ndsc.node import loading
from ndsc.storage.database import engine_for

class Prompt(loading.Helper):
    def __init__(self, *given):
        super().__init__(*given)
        self.started.result(60)
        print(self.process.pid, flush=True)

loading.Helper, os.cpu_count = Prompt, lambda: 2
engine = engine_for(sys.argv[1])
loader = loading.Loader(engine, "south-wales", AuditLog(engine, "test/node"), batch_rows=20, helped_from=0)
def progress(rows, part):
    print(rows, flush=True)
    time.sleep(60 if rows >= 400 else 0.01)  # it is killed long before it could end
loader.load(Path(sys.argv[2]), load(Path(sys.argv[3])), progress)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc whether a process has ended")
def test_a_killed_load_leaves_no_helper_and_is_resumed(
    node_engine: Engine, file: Path, connector: Connector, connector_text: str, expected: tuple[Any, Any]
) -> None:
    written = file.with_name("register.yaml")
    written.write_text(connector_text)
    url = node_engine.url.render_as_string(hide_password=False)
    for batches in (1, 7):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, url, str(file), str(written)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            helper = int(child.stdout.readline())
            for _ in range(batches):
                assert child.stdout.readline()
            assert not gone(helper)
            os.kill(child.pid, signal.SIGKILL)
        until = time.monotonic() + 10
        while not gone(helper):
            assert time.monotonic() < until, "the helper outlived its load"
            time.sleep(0.02)
    report = load(node_engine, file, connector)
    assert report.resumed_at < 600
    assert same(node_engine, report, expected)
