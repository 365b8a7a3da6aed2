"""Whoever changes, removes, moves, adds or cuts off an entry behind the log's back is found, and so is the place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine, MetaData, text

from ndsc.audit.entries import Entry, Operation, leaf_data
from ndsc.audit.log import AuditLog
from ndsc.audit.merkle import Frontier, TreeHead, leaf_hash
from ndsc.audit.tables import audit_tables
from ndsc.audit.verify import Fault, verify

ORIGIN = "ndsc.police.uk/audit/test"
SIZE = 21
Tamper = Callable[[Connection], None]


@pytest.fixture
def heads(engine: Engine) -> list[TreeHead]:
    """A log of 21 entries, and its head after each."""
    audit_tables(metadata := MetaData())
    metadata.drop_all(engine)
    metadata.create_all(engine)
    log = AuditLog(engine, ORIGIN)
    heads = [log.head()]
    for number in range(SIZE):
        log.append(Entry(operation=Operation.DISCLOSURE, actor="pc-1287", detail={"number": number}))
        heads.append(log.head())
    return heads


def run(*statements: str) -> Tamper:
    def tamper(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    return tamper


def consistently(size: int, *statements: str) -> Tamper:
    """Change entries, then make every leaf and the frontier fit: what somebody with full rights could do."""

    def tamper(connection: Connection) -> None:
        run(*statements)(connection)
        tree = Frontier()
        for seq, entry in connection.execute(text("SELECT seq, entry FROM audit_entry ORDER BY seq")).all():
            leaf = leaf_hash(leaf_data(seq, entry))
            tree.append(leaf)
            connection.execute(text("UPDATE audit_entry SET leaf = :leaf WHERE seq = :seq"), {"leaf": leaf, "seq": seq})
        assert tree.size == size
        connection.execute(
            text("UPDATE audit_head SET size = :size, frontier = :frontier"),
            {"size": size, "frontier": b"".join(tree.peaks)},
        )

    return tamper


CHANGE_7 = "UPDATE audit_entry SET entry = replace(entry, 'pc-1287', 'pc-9999') WHERE seq = 7"
RENUMBER = "UPDATE audit_entry SET seq = -1 WHERE seq = 3", "UPDATE audit_entry SET seq = 3 WHERE seq = 11"
SWAP = (*RENUMBER, "UPDATE audit_entry SET seq = 11 WHERE seq = -1")
SWAP_TEXT = (
    "UPDATE audit_entry a SET entry = b.entry FROM audit_entry b "
    "WHERE (a.seq = 3 AND b.seq = 11) OR (a.seq = 11 AND b.seq = 3)"
)
RELEAF = "UPDATE audit_entry SET leaf = sha256(leaf) WHERE seq = 2"
COPY_LAST = "INSERT INTO audit_entry SELECT seq + 1, leaf, entry FROM audit_entry WHERE seq = 20"
CLOSE_UP = "UPDATE audit_entry SET seq = seq - 1 WHERE seq > 5"


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (run(CHANGE_7), [(Fault.CHANGED, 7, 7)]),
        (run(CHANGE_7.replace("= 7", "IN (7, 20)")), [(Fault.CHANGED, 7, 7), (Fault.CHANGED, 20, 20)]),
        (run(RELEAF), [(Fault.REWRITTEN, 0, 15), (Fault.CHANGED, 2, 2)]),
        (run("DELETE FROM audit_entry WHERE seq = 4"), [(Fault.REMOVED, 4, 4)]),
        (run("DELETE FROM audit_entry WHERE seq BETWEEN 4 AND 9"), [(Fault.REMOVED, 4, 9)]),
        (run("DELETE FROM audit_entry WHERE seq = 0"), [(Fault.REMOVED, 0, 0)]),
        (run("DELETE FROM audit_entry WHERE seq >= 18"), [(Fault.REMOVED, 18, 20)]),
        (run("DELETE FROM audit_entry"), [(Fault.REMOVED, 0, 20)]),
        (run(SWAP[0], SWAP[1], SWAP[2]), [(Fault.REWRITTEN, 0, 15), (Fault.MOVED, 3, 3), (Fault.MOVED, 11, 11)]),
        (run(SWAP_TEXT), [(Fault.MOVED, 3, 3), (Fault.MOVED, 11, 11)]),
        (run(COPY_LAST), [(Fault.ADDED, 21, 21), (Fault.MOVED, 21, 21)]),
        (run("DELETE FROM audit_head"), [(Fault.HEAD, 0, 0)]),
        (run("UPDATE audit_head SET frontier = 'x'"), [(Fault.HEAD, 0, 0)]),
    ],
)  # fmt: skip
def test_tampering_is_found_where_it_was_done(
    engine: Engine, heads: list[TreeHead], tamper: Tamper, found: list[tuple[Fault, int, int]]
) -> None:
    log = AuditLog(engine, ORIGIN)
    assert verify(log, heads).intact
    with engine.begin() as connection:
        tamper(connection)
    assert [(finding.fault, finding.first, finding.last) for finding in verify(log).findings] == found


def test_an_entry_taken_out_and_the_rest_closed_up_is_found(engine: Engine, heads: list[TreeHead]) -> None:
    with engine.begin() as connection:
        run("DELETE FROM audit_entry WHERE seq = 5", CLOSE_UP)(connection)
    findings = verify(AuditLog(engine, ORIGIN)).findings
    moved = [finding.first for finding in findings if finding.fault is Fault.MOVED]
    assert moved == list(range(5, 20))
    assert (Fault.REMOVED, 20) in [(finding.fault, finding.first) for finding in findings]


@pytest.mark.parametrize(
    ("tamper", "fault"),
    [
        (consistently(SIZE, CHANGE_7), Fault.REWRITTEN),
        (consistently(SIZE, SWAP_TEXT), Fault.REWRITTEN),
        (consistently(18, "DELETE FROM audit_entry WHERE seq >= 18"), Fault.SHRUNK),
        (consistently(20, "DELETE FROM audit_entry WHERE seq = 5", CLOSE_UP), Fault.SHRUNK),
    ],
)
def test_a_log_made_to_fit_itself_again_does_not_fit_the_head_that_was_kept(
    engine: Engine, heads: list[TreeHead], tamper: Tamper, fault: Fault
) -> None:
    log = AuditLog(engine, ORIGIN)
    with engine.begin() as connection:
        tamper(connection)
    assert verify(log).intact, "nothing inside the database can show it"
    assert fault in {finding.fault for finding in verify(log, [heads[SIZE]]).findings}


def test_the_more_heads_were_kept_the_nearer_the_place(engine: Engine, heads: list[TreeHead]) -> None:
    log = AuditLog(engine, ORIGIN)
    with engine.begin() as connection:
        consistently(SIZE, CHANGE_7)(connection)
    first = verify(log, [heads[5], heads[10], heads[SIZE]]).findings[0]
    assert (first.fault, first.first, first.last) == (Fault.REWRITTEN, 5, 9)


def test_a_log_that_went_on_fits_every_head_it_ever_had(engine: Engine, heads: list[TreeHead]) -> None:
    report = verify(AuditLog(engine, ORIGIN), heads)
    assert report.intact
    assert report.head == heads[SIZE]
    assert report.kept_heads == SIZE + 1


def test_a_kept_head_of_another_log_is_a_finding(engine: Engine, heads: list[TreeHead]) -> None:
    other = [TreeHead(0, b"x" * 32), TreeHead(9, b"y" * 32)]
    assert [finding.fault for finding in verify(AuditLog(engine, ORIGIN), other).findings] == [Fault.REWRITTEN] * 2


LONG = 1_100
"""Entries with seven kept inner nodes: four of height 8, two of height 9, and one of height 10."""


@pytest.fixture
def long_log(engine: Engine) -> AuditLog:
    audit_tables(metadata := MetaData())
    metadata.drop_all(engine)
    metadata.create_all(engine)
    body = Entry(operation=Operation.DISCLOSURE, actor="pc-1287").canonical()
    with engine.begin() as connection:
        written = "SELECT ndsc_audit_append(%s) FROM generate_series(1, %s)"
        connection.exec_driver_sql(written, (body, LONG)).all()
    return AuditLog(engine, ORIGIN)


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        ("UPDATE audit_node SET hash = sha256(hash) WHERE level = 8 AND place = 1", [(256, 511)]),
        ("UPDATE audit_node SET hash = sha256(hash) WHERE level = 10", [(0, 1023)]),
        ("UPDATE audit_node SET hash = sha256(hash)", [(0, 255), (0, 511), (0, 1023), (256, 511), (512, 767)]),
        ("UPDATE audit_node SET place = place + 10 WHERE level = 9 AND place = 1", [(5632, 6143)]),
        ("UPDATE audit_node SET place = place - 10 WHERE level = 9 AND place = 0", [(0, 0)]),
        ("INSERT INTO audit_node VALUES (3, 1, sha256('x'))", [(8, 15)]),
        ("INSERT INTO audit_node VALUES (8, 4, sha256('x'))", [(1024, 1279)]),
        ("DELETE FROM audit_node WHERE level = 9", []),
    ],
)
def test_a_changed_inner_node_is_found(
    long_log: AuditLog, engine: Engine, tamper: str, found: list[tuple[int, int]]
) -> None:
    assert verify(long_log).intact
    with engine.begin() as connection:
        connection.execute(text(tamper))
    findings = verify(long_log).findings
    assert {finding.fault for finding in findings} <= {Fault.NODE}
    assert [(finding.first, finding.last) for finding in findings][:5] == found


def test_nodes_over_entries_that_are_gone_are_not_told_twice(long_log: AuditLog, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_entry WHERE seq = 300"))
    assert [finding.fault for finding in verify(long_log).findings] == [Fault.REMOVED]
