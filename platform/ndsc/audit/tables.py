"""The log's tables and its one way in: a function in the database that appends an entry to the tree in one round trip.

Appending changes the tree's frontier, so appends come one after another whatever the client does. Done by a client,
that is a read, a computation and a write that may lose a race; done where the frontier lies, it is one statement that
waits its turn on the head's row. The function is written in PostgreSQL's own language and uses nothing but SHA-256.

It works with its owner's rights, and a service has none on these tables but to read: who has taken over a service can
add entries to its log, and can neither change nor remove one. Temporary tables, which a service may make, come last in
the function's search path: one that is called ``audit_head`` is not mistaken for the log's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    text,
)

from ndsc.storage.rights import READ_ONLY, RIGHTS

if TYPE_CHECKING:
    from alembic.operations import Operations  # a migration brings it; a service that only appends need not load it

APPEND = "SELECT ndsc_audit_append(%(body)s)"
"""Answers the number of the entry that it appended; in the driver's own words, since every request says it."""

LOWEST_KEPT = 8
"""Inner nodes from this height on are kept, one in 256 appends: a proof reads them in the place of what lies below."""

_CREATE_FUNCTION = rf"""
CREATE OR REPLACE FUNCTION ndsc_audit_append(body text) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    head audit_head%ROWTYPE;
    rest bigint;
    height int := 0;
    node bytea;
    leaf bytea;
BEGIN
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    leaf := sha256('\x00'::bytea || convert_to(head.size || ' ' || body, 'UTF8'));
    node := leaf;
    rest := head.size;
    WHILE rest & 1 = 1 LOOP
        node := sha256('\x01'::bytea || substring(head.frontier FROM length(head.frontier) - 31) || node);
        head.frontier := substring(head.frontier FROM 1 FOR length(head.frontier) - 32);
        rest := rest >> 1;
        height := height + 1;
        IF height >= {LOWEST_KEPT} THEN
            INSERT INTO audit_node (level, place, hash) VALUES (height, head.size >> height, node);
        END IF;
    END LOOP;
    INSERT INTO audit_entry (seq, leaf, entry) VALUES (head.size, leaf, body);
    UPDATE audit_head SET size = head.size + 1, frontier = head.frontier || node;
    RETURN head.size;
END
$$
"""  # noqa: S608  # a number of ours


@dataclass(frozen=True, slots=True)
class AuditTables:
    """The tables of a log."""

    entry: Table
    head: Table
    node: Table


def audit_tables(metadata: MetaData) -> AuditTables:
    """Add a log to a service's tables. ``create_all`` on ``metadata`` makes the append function and the head too."""
    entry = Table(
        "audit_entry",
        metadata,
        Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="place in the log, from 0"),
        Column("leaf", LargeBinary, nullable=False, comment="RFC 6962 leaf hash of seq, a space and the entry"),
        Column("entry", Text, nullable=False, comment="canonical JSON; text, so that no byte of it changes"),
        info={RIGHTS: READ_ONLY},
        comment="what was done with personal data (Data Protection Act 2018 s.62), oldest first",
    )
    head = Table(
        "audit_head",
        metadata,
        Column("sole", Boolean, CheckConstraint("sole", name="audit_head_one_row"), primary_key=True),
        Column("size", BigInteger, nullable=False, comment="entries so far"),
        Column("frontier", LargeBinary, nullable=False, comment="roots of the full subtrees, 32 bytes each"),
        info={RIGHTS: READ_ONLY},
        comment="the Merkle tree's right edge: one row",
    )
    node = Table(
        "audit_node",
        metadata,
        Column("level", Integer, primary_key=True, autoincrement=False, comment="height: over 2 ** level entries"),
        Column("place", BigInteger, primary_key=True, autoincrement=False, comment="which of its level, from 0"),
        Column("hash", LargeBinary, nullable=False, comment="RFC 6962 node hash"),
        info={RIGHTS: READ_ONLY},
        comment="the Merkle tree's full subtrees from some height on, so that a proof need not read every leaf",
    )
    event.listen(head, "after_create", _complete)
    event.listen(node, "after_create", _make_function)
    event.listen(head, "after_drop", _take_away)
    return AuditTables(entry, head, node)


def _complete(_target: Table, connection: Connection, **_: Any) -> None:
    connection.execute(text("INSERT INTO audit_head (sole, size, frontier) VALUES (true, 0, '')"))


def _make_function(_target: Table, connection: Connection, **_: Any) -> None:
    connection.execute(text(_CREATE_FUNCTION))


def _take_away(_target: Table, connection: Connection, **_: Any) -> None:
    connection.execute(text("DROP FUNCTION IF EXISTS ndsc_audit_append(text)"))


def create_audit_tables(op: Operations) -> None:
    """The log's tables and function, in a service's first migration: ``create_audit_tables(op)``."""
    audit_tables(metadata := MetaData())
    metadata.create_all(op.get_bind(), checkfirst=False)


def keep_audit_nodes(op: Operations) -> None:
    """What a log of an older version lacks; its older nodes are not kept, and a proof over them reads leaves."""
    audit_tables(metadata := MetaData())
    metadata.create_all(op.get_bind(), checkfirst=True)


def guard_audit_append(op: Operations) -> None:
    """Let the function of an older version's log work with its owner's rights."""
    op.execute(_CREATE_FUNCTION)


def drop_audit_tables(op: Operations) -> None:
    """The other way, for a downgrade in a test: it loses the log."""
    audit_tables(metadata := MetaData())
    metadata.drop_all(op.get_bind(), checkfirst=False)
