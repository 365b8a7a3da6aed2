"""The node's tables. What policy asks about are plain columns, made from ``PolicyFacts``; what people said is JSONB.

Identities are the record's own (``ndsc.model.record.record_id``), so that loading the same export twice meets the same
rows. No foreign keys between records and links: a row may name a place that a later row of the export describes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from ndsc.audit.tables import audit_tables
from ndsc.model.facts import PolicyFacts
from ndsc.storage.columns import columns_of
from ndsc.storage.rights import APPEND_ONLY, RIGHTS, TEMPORARY

metadata = MetaData(info={RIGHTS: TEMPORARY})  # a load stages its rows in temporary tables

CATEGORY_COLUMNS = ("suspect", "convicted", "victim", "witness", "other_subject")
"""Facts that come of a record's links, not of the record."""

_BIRTH_YEAR = "left(body ->> 'date_of_birth', 4)"
BY_GIVEN_NAME = ("ndsc_sound(body ->> 'given_name')", _BIRTH_YEAR)
BY_SURNAME = (
    "ndsc_sound(body ->> 'surname')",
    *BY_GIVEN_NAME,
    "ndsc_folded(body ->> 'surname')",
    "ndsc_folded(body ->> 'given_name')",
)
"""What people are looked up by without tokens; migration 0003 has the two functions, which fold and sound as
``ndsc.index.canonical`` does."""

_IDENTITY = Text(collation="C")
"""Identities are ASCII and need no language's order: bytes compare faster, and their indexes outlive a new version of
the system's collations."""

record = Table(
    "record",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("source_system", Text, nullable=False),
    Column("source_reference", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("content_hash", LargeBinary, nullable=False, comment="of all that the record says, without its provenance"),
    *columns_of(PolicyFacts),
    Column("body", JSONB, nullable=False),
    Column("envelope", JSONB, nullable=False, comment="marking, grading, retention, assertion"),
    Column("provenance", JSONB, nullable=False),
    # For a search that policy lets go without tokens; partial, so that no other kind pays for them.
    Index("record_given_name", *map(text, BY_GIVEN_NAME), postgresql_where=text("kind = 'person'")),
    Index("record_surname", *map(text, BY_SURNAME), postgresql_where=text("kind = 'person'")),
    comment="one POLE entity as one source knows it",
)

link = Table(
    "link",
    metadata,
    Column("stated_by", _IDENTITY, nullable=False, comment="first record of the source row that says so"),
    Column("source", _IDENTITY, nullable=False),
    Column("target", _IDENTITY, nullable=False),
    Column("role", Text, nullable=False),
    Column("subject_category", Text, nullable=False, comment="empty where the link is not a person's to an event"),
    PrimaryKeyConstraint("source", "target", "role", "subject_category", "stated_by"),
    Index("link_target", "target"),
    Index("link_home", "target", postgresql_where=text("role = 'lives-at'")),
    # Most links start at the record that states them, where the primary key finds them.
    Index("link_stated_by", "stated_by", postgresql_where=text("stated_by <> source")),
    comment="one record has to do with another, in a role",
)

index_token = Table(
    "index_token",
    metadata,
    Column("token", LargeBinary, nullable=False),
    Column("record_id", _IDENTITY, nullable=False),
    Column("rule", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("visibility", Text, nullable=False, comment="visible, silent, or never sent to the registry"),
    PrimaryKeyConstraint("token", "record_id", "rule"),
    Index("index_token_record", "record_id"),
    comment="the index tokens of each record, by which a search finds it",
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("record_ids", ARRAY(Text), nullable=False),
    Column("queued_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="records whose index tokens must follow: written with the change itself, gone when the index has them",
)

listed = Table(
    "listed",
    metadata,
    Column("sole", Boolean, CheckConstraint("sole", name="listed_one_row"), primary_key=True),
    Column("revision", Text, nullable=False, comment="of the rules and of the force's own manifest"),
    Column(
        "keys",
        Integer,
        nullable=False,
        server_default=text("1"),
        comment="the table of keys that every index token here was made by, or is queued to be made by",
    ),
    comment="what said how every index token here is listed: one row, none before the first",
)

registry_due = Table(
    "registry_due",
    metadata,
    Column("token", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    PrimaryKeyConstraint("token", "kind"),
    comment="tokens whose present state the registry may not know: noted before it is told, gone afterwards",
)

load = Table(
    "load",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("file", Text, nullable=False),
    Column("file_digest", LargeBinary, nullable=False),
    Column("connector", JSONB, nullable=False, comment="the whole connector, so that a bad row can be replayed"),
    Column("connector_digest", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, comment="running or done"),
    Column("rows_done", BigInteger, nullable=False, server_default=text("0"), comment="checkpoint: rows dealt with"),
    Column("loaded", BigInteger, nullable=False, server_default=text("0")),
    Column("changed", BigInteger, nullable=False, server_default=text("0")),
    Column("unchanged", BigInteger, nullable=False, server_default=text("0")),
    Column("quarantined", BigInteger, nullable=False, server_default=text("0")),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("finished_at", DateTime(timezone=True)),
    # At most one unfinished load of a file by a connector: the one that is resumed.
    Index("load_running", "file_digest", "connector_digest", unique=True, postgresql_where=text("state = 'running'")),
    comment="one export taken in, with its checkpoint and counts",
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("load_id", BigInteger, nullable=False),
    Column("connector", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("occurrence", Integer, nullable=False, comment="n-th row of its reference, or of its text"),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("field", Text),
    Column("raw", Text, nullable=False),
    Column("raw_digest", LargeBinary, nullable=False),
    Column("repeat", Integer, nullable=False, comment="n-th bad row of the file with this text"),
    Column("row_values", JSONB, nullable=False, comment="column to value; empty where the row could not be read"),
    Column("correction", JSONB, comment="columns that somebody corrected"),
    Column(
        "state", Text, nullable=False, server_default=text("'open'"), comment="open, corrected, replayed or discarded"
    ),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("connector", "raw_digest", "repeat", name="quarantine_row"),
    comment="each row that could not be taken in, with its reason",
)

erased = Table(
    "erased",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    info={RIGHTS: APPEND_ONLY},
    comment="identities of erased records, and nothing else of them: an old export does not bring them back",
)

audit = audit_tables(metadata)
