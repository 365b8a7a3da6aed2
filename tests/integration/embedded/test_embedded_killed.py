"""A command killed at the worst moment, while it loads, indexes or searches: nothing is lost and nothing is double."""

from __future__ import annotations

import json
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
from tests.network import environment, search

from ndsc.audit.heads import KeptHeads
from ndsc.cli.audit import verify_all
from ndsc.connectors.catalogue import shipped
from ndsc.embedded.network import Network
from ndsc.index.keys import keys_of
from ndsc.model.pole import Person
from ndsc.synth import generate

FORCE = "gwent"
"""A force that no manifest was written for, and that no other test knows."""
PEOPLE = 3_000
CONNECTOR = shipped("ndsc-synthetic")


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough people for several batches and rounds; of most only a surname is known, which makes no token: quicker."""
    folder = tmp_path_factory.mktemp("killed")
    generate(folder, PEOPLE, [FORCE], 11, {})
    file = folder / f"{FORCE}.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    alone = {"vehicle": None, "phone": None, "event": None}
    kept = [
        {**row, **alone, "person": row["person"] if number % 10 == 0 else {"surname": row["person"]["surname"]}}
        for number, row in enumerate(rows)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
    return file


def killed_when(home: Path, due: Callable[[], bool], *arguments: str) -> None:
    """Start a command, and kill it as soon as ``due``. It must not have ended by itself."""
    command = [str(Path(sys.executable).with_name("ndsc")), *arguments]
    process = subprocess.Popen(command, env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    patience = time.monotonic() + 60
    while not due():
        assert process.poll() is None, "the command ended before it could be killed"
        assert time.monotonic() < patience
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(timeout=10) == -signal.SIGKILL


def count(engine: Engine, statement: str) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(statement).scalar_one())


def people(engine: Engine) -> int:
    return count(engine, "SELECT count(*) FROM record WHERE kind = 'person'")


def test_a_load_an_indexing_and_a_search_that_were_killed_leave_all_well(
    network: Network, export: Path, tmp_path: Path
) -> None:
    node = network.node(FORCE)
    rows = len(export.read_text(encoding="utf-8").splitlines())
    load = ("load", str(export), "--force", FORCE, "--connector", "ndsc-synthetic", "--no-index")

    killed_when(network.home, lambda: people(node.engine) > 0, *load)
    assert 0 < people(node.engine) < rows
    report = node.loader.load(export, CONNECTOR)
    assert report.read == report.loaded + report.changed + report.unchanged + report.quarantined
    assert people(node.engine) == rows - report.quarantined
    again = node.loader.load(export, CONNECTOR)
    assert (again.loaded, again.changed, again.unchanged) == (0, 0, rows - report.quarantined)
    collected = (
        "SELECT sum((entry::jsonb #>> '{subject,count}')::int) FROM audit_entry WHERE entry LIKE '%%collection%%'"
    )
    assert count(node.engine, collected) == count(node.engine, "SELECT count(*) FROM record")

    tokens = "SELECT count(*) FROM index_token"
    killed_when(network.home, lambda: count(node.engine, tokens) > 0, "index", "update", "--force", FORCE)
    assert node.indexer.status().records_waiting > 0
    node.indexer.drain()
    rebuilt = node.indexer.rebuild()
    assert rebuilt.before == rebuilt.after
    assert rebuilt.records == count(node.engine, "SELECT count(*) FROM record")

    somebody = _somebody(export)
    before = node.audit.head().size
    given = str(somebody["given_name"]), str(somebody["surname"]), str(somebody["date_of_birth"])
    asked = ("search", "person", "--given-name", given[0], "--surname", given[1], "--born", given[2])
    killed_when(
        network.home,
        lambda: node.audit.head().size > before,
        *asked,
        "--as",
        f"pc1@{FORCE}",
        "--reason",
        "Named by a witness to a theft",
    )
    assert node.audit.head().size == before + 1
    found = search(network, Person(given_name=given[0], surname=given[1], date_of_birth=given[2]))
    assert FORCE in {line.force for line in found.forces}

    reports = verify_all(network.audit_logs(), KeptHeads(tmp_path / "heads.json"), network.audit_key())
    assert all(one.intact for one in reports.values())


def _somebody(export: Path) -> dict[str, Any]:
    """A person of the export whom the index can find."""
    for line in export.read_text(encoding="utf-8").splitlines():
        said: dict[str, Any] = json.loads(line)["person"]
        wanted = {name: said.get(name) for name in ("given_name", "surname", "date_of_birth")}
        if all(wanted.values()) and keys_of(Person(**wanted)):
            return wanted
    raise AssertionError("nobody in the export can be searched for")
