"""The log on a real PostgreSQL: ordered whoever writes, in one round trip, whole after a crash."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, MetaData, event, text

from ndsc.audit.checkpoints import open_checkpoint
from ndsc.audit.entries import Entry, Operation, leaf_data
from ndsc.audit.errors import AuditUnavailableError, DamagedLogError, NoSuchEntryError
from ndsc.audit.log import AuditLog
from ndsc.audit.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from ndsc.audit.tables import _CREATE_FUNCTION, LOWEST_KEPT, audit_tables, keep_audit_nodes
from ndsc.audit.verify import verify
from ndsc.storage.database import engine_for
from ndsc.trust.keys import SigningKey

ORIGIN = "ndsc.police.uk/audit/test"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def entry(number: int = 0, actor: str = "pc-1287") -> Entry:
    return Entry(
        at=START + timedelta(minutes=number), operation=Operation.CONSULTATION, actor=actor, detail={"number": number}
    )


@pytest.fixture
def url(database_factory: Callable[[], str]) -> str:
    return database_factory()


@pytest.fixture
def engines(url: str) -> Iterator[Callable[[], Engine]]:
    made: list[Engine] = []

    def make() -> Engine:
        made.append(engine_for(url))
        return made[-1]

    audit_tables(metadata := MetaData())
    metadata.create_all(make())
    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def log(engines: Callable[[], Engine]) -> AuditLog:
    return AuditLog(engines(), ORIGIN)


def test_the_database_builds_the_tree_that_rfc_6962_defines(log: AuditLog) -> None:
    expected = Frontier()
    assert log.head() == expected.head()
    for number in range(70):
        assert log.append(entry(number)) == number
        expected.append(leaf_hash(leaf_data(number, entry(number).canonical())))
        assert log.head() == expected.head()
    assert verify(log).intact


def test_an_entry_comes_back_as_it_was_written(log: AuditLog) -> None:
    written = entry().model_copy(update={"justification": "“Siân” % :name \\x00 'quoted' \U0001f46e"})
    log.append(written)
    assert log.get(0).entry == written
    assert log.get(0).canonical == written.canonical()
    assert log.get(0).leaf == leaf_hash(leaf_data(0, written.canonical()))


def test_an_append_is_one_round_trip_to_the_server(engines: Callable[[], Engine], tmp_path: Path) -> None:
    engine, trace = engines(), tmp_path / "trace"
    log = AuditLog(engine, ORIGIN)
    log.append(entry())
    with trace.open("wb") as file:
        with engine.connect() as connection:
            wire = connection.connection.driver_connection.pgconn  # type: ignore[union-attr]
        wire.trace(file.fileno())  # libpq notes each message: one Query or Sync from us is one wait for the server
        log.append(entry())
        wire.untrace()
    sent = [line.split("\t") for line in trace.read_text().splitlines()]
    assert [message[3] for message in sent if message[1] == "F" and message[3] in {"Query", "Sync"}] == ["Sync"]


def test_an_entry_stands_or_falls_with_the_callers_transaction(log: AuditLog, engines: Callable[[], Engine]) -> None:
    engine = engines()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE work (done integer)"))
        assert log.append(entry(0), connection) == 0
    with pytest.raises(RuntimeError), engine.begin() as connection:  # noqa: PT012  # the transaction is the subject
        connection.execute(text("INSERT INTO work VALUES (1)"))
        assert log.append(entry(1), connection) == 1
        raise RuntimeError("the work failed after its entry")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM work")).scalar_one() == 0
    assert log.head().size == 1
    assert log.append(entry(2)) == 1
    assert verify(log).intact


def test_many_writers_on_many_engines_make_one_order(engines: Callable[[], Engine]) -> None:
    logs = [AuditLog(engines(), ORIGIN) for _ in range(3)]
    numbers: list[int] = []
    failures: list[Exception] = []

    def write(writer: int) -> None:
        try:
            numbers.extend(logs[writer % 3].append(entry(number, actor=f"pc-{writer}")) for number in range(25))
        except Exception as error:  # reported by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(numbers) == list(range(9 * 25))
    assert verify(logs[0]).intact
    for writer in range(9):
        own = [stored.entry.detail["number"] for stored in logs[0].entries(actor=f"pc-{writer}")]
        assert own == list(range(25)), "what one writer wrote stays in its order"


def test_entries_are_found_by_time_actor_and_number(log: AuditLog) -> None:
    for number in range(10):
        log.append(entry(number, actor=f"pc-{number % 2}"))
    since = [stored.seq for stored in log.entries(since=START + timedelta(minutes=7))]
    assert since == [7, 8, 9]
    assert [stored.seq for stored in log.entries(actor="pc-1", limit=2)] == [1, 3]
    assert [stored.seq for stored in log.entries(newest=True, limit=2)] == [9, 8]
    assert list(log.entries(actor="pc-1' OR true --")) == []


def test_a_long_log_is_read_in_pages_without_a_gap(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        log.append(entry(number))
    for page in (1, 3, 5, 10, 11):
        monkeypatch.setattr("ndsc.audit.log._PAGE", page)
        assert [stored.seq for stored in log.entries()] == list(range(10))
        assert [stored.seq for stored in log.entries(newest=True, limit=7)] == list(range(9, 2, -1))
        assert [stored.seq for stored in log.entries(before=6, newest=True, limit=4)] == [5, 4, 3, 2]


def test_a_reader_that_stops_half_way_holds_nothing(log: AuditLog, engines: Callable[[], Engine]) -> None:
    log.append(entry())
    half_way = log.entries()
    next(half_way)
    with engines().begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '1s'"))
        connection.execute(text("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE"))
    half_way.close()  # type: ignore[attr-defined]  # it is a generator


def test_the_signed_head_is_of_what_is_there(log: AuditLog) -> None:
    key = SigningKey.generate()
    log.append(entry())
    assert open_checkpoint(log.signed_head(key), ORIGIN, key.public) == log.head()


def test_proofs_from_the_log_hold_against_its_heads(log: AuditLog) -> None:
    heads = [log.head()]
    for number in range(13):
        log.append(entry(number))
        heads.append(log.head())
    for seq in range(13):
        verify_inclusion(log.get(seq).leaf, seq, heads[13], log.inclusion_proof(seq, 13))
        verify_consistency(heads[seq], heads[13], log.consistency_proof(seq, 13))


def test_what_the_log_does_not_hold_has_no_proof(log: AuditLog) -> None:
    log.append(entry())
    for ask in (
        lambda: log.get(1),
        lambda: log.inclusion_proof(1, 1),
        lambda: log.inclusion_proof(-1, 1),
        lambda: log.inclusion_proof(0, 2),
        lambda: log.consistency_proof(2, 1),
        lambda: log.consistency_proof(1, 2),
    ):
        with pytest.raises(NoSuchEntryError):
            ask()


def test_no_entry_no_answer(url: str) -> None:
    unmade = engine_for(url)
    with pytest.raises(AuditUnavailableError):
        AuditLog(unmade, ORIGIN).append(entry())
    unmade.dispose()


def test_what_is_appended_from_a_loop_stands_in_the_same_log(log: AuditLog) -> None:
    async def many() -> list[int]:
        return list(await asyncio.gather(*(log.aappend(entry(number)) for number in range(1, 20))))

    log.append(entry(0))
    assert sorted(asyncio.run(many())) == list(range(1, 20))
    assert log.append(entry(20)) == 20
    assert {stored.entry.detail["number"] for stored in log.entries()} == set(range(21))
    assert verify(log).intact


def test_no_entry_no_answer_on_a_loop_either(url: str) -> None:
    unmade, nowhere = engine_for(url), engine_for(f"{url}_not_there")
    for engine in (unmade, nowhere):
        with pytest.raises(AuditUnavailableError):
            asyncio.run(AuditLog(engine, ORIGIN).aappend(entry()))
        engine.dispose()


def test_a_writer_killed_between_append_and_commit_leaves_the_log_whole(log: AuditLog, url: str) -> None:
    log.append(entry(0))
    script = textwrap.dedent(
        """
        import sys, time
        from ndsc.audit.entries import Entry, Operation
        from ndsc.audit.log import AuditLog
        from ndsc.storage.database import engine_for
        engine = engine_for(sys.argv[1])
        with engine.begin() as connection:
            AuditLog(engine, sys.argv[2]).append(Entry(operation=Operation.ERASURE, actor="pc-1"), connection)
            print("appended", flush=True)
            time.sleep(60)
        """
    )
    writer = subprocess.Popen([sys.executable, "-c", script, url, ORIGIN], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    with writer.stdout:
        assert writer.stdout.readline() == "appended\n"
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
    assert log.append(entry(1)) == 1
    assert [stored.entry.operation for stored in log.entries()] == [Operation.CONSULTATION] * 2
    assert verify(log).intact


MANY = 2_300
"""Entries with kept inner nodes of heights 8 to 11, and a right edge without."""


@pytest.fixture
def long_log(log: AuditLog) -> AuditLog:
    with log._engine.begin() as connection:
        written = "SELECT ndsc_audit_append('{}' || n) FROM generate_series(1, %s) n"
        connection.exec_driver_sql(written, (MANY,)).all()
    return log


def leaves_of(log: AuditLog) -> list[bytes]:
    with log._engine.connect() as connection:
        return [bytes(leaf) for leaf in connection.execute(text("SELECT leaf FROM audit_entry ORDER BY seq")).scalars()]


@pytest.mark.parametrize("kept", ["every node", "some nodes", "no node"])
def test_proofs_are_those_of_all_leaves_however_many_inner_nodes_are_kept(long_log: AuditLog, kept: str) -> None:
    leaves = leaves_of(long_log)
    if kept != "every node":
        with long_log._engine.begin() as connection:
            some = " WHERE place < 3" if kept == "some nodes" else ""
            connection.exec_driver_sql(f"DELETE FROM audit_node{some}")
    for size in (1, 255, 256, 257, 512, 1_000, 2_048, 2_049, MANY):
        for seq in {0, size // 3, size - 1}:
            assert long_log.inclusion_proof(seq, size) == inclusion_proof(leaves[:size], seq)
            assert long_log.consistency_proof(seq + 1, size) == consistency_proof(leaves[:size], seq + 1)


def test_a_proof_does_not_read_the_whole_log(long_log: AuditLog) -> None:
    read: list[int] = []
    with guard_rows(long_log._engine, read):
        long_log.inclusion_proof(1_500, MANY)
        inclusion = sum(read)
        long_log.consistency_proof(700, MANY)
    assert 255 < inclusion <= 2 * 256 + 20
    assert sum(read) - inclusion <= 2 * 256 + 20


@contextmanager
def guard_rows(engine: Engine, read: list[int]) -> Iterator[None]:
    """Note how many rows each statement gives meanwhile."""

    def note(_connection: Any, cursor: Any, *_: Any) -> None:
        assert cursor.rowcount >= 0, "not known"
        read.append(cursor.rowcount)

    event.listen(engine, "after_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "after_cursor_execute", note)


def test_entries_that_are_gone_are_no_proof(long_log: AuditLog) -> None:
    with long_log._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit_entry WHERE seq = 2200")
    with pytest.raises(DamagedLogError):
        long_log.inclusion_proof(2_201, MANY)


def test_a_log_of_an_older_version_goes_on_and_keeps_nodes_from_then_on(engines: Callable[[], Engine]) -> None:
    engine = engines()
    older = _CREATE_FUNCTION.replace(f"IF height >= {LOWEST_KEPT}", "IF false")
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE audit_node"))
        connection.execute(text(older))
        connection.exec_driver_sql("SELECT ndsc_audit_append('{}' || n) FROM generate_series(1, 600) n").all()
    for _ in range(2):
        with engine.begin() as connection:
            keep_audit_nodes(Operations(MigrationContext.configure(connection)))
    log = AuditLog(engine, ORIGIN)
    assert log.head().size == 600
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT ndsc_audit_append('{}' || n) FROM generate_series(1, 600) n").all()
        kept = connection.execute(text("SELECT level, place FROM audit_node ORDER BY level, place")).all()
    assert [tuple(row) for row in kept] == [(8, 2), (8, 3), (9, 1), (10, 0)]
    assert log.inclusion_proof(1_100, 1_200) == inclusion_proof(leaves_of(log), 1_100)
    assert log.head().root == root(leaves_of(log))
