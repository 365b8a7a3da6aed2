"""The registry's tables. An entry says that a force holds something of a kind under a sealed token, and nothing more:
no crime category, no record's identity, no count."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
)

from ndsc.audit.tables import audit_tables
from ndsc.storage.rights import APPEND_ONLY, RIGHTS

metadata = MetaData()

entry = Table(
    "entry",
    metadata,
    Column("force", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False, comment="HMAC-SHA256 of the token under the registry's pepper"),
    Column("kind", Text, nullable=False),
    Column("visibility", Text, nullable=False, comment="visible, or silent: the owner is told and not the searcher"),
    PrimaryKeyConstraint("force", "sealed", "kind"),
    comment="which force holds something under a token",
)
Index("entry_lookup", entry.c.sealed, postgresql_include=["force", "kind", "visibility"])

rebuild = Table(
    "rebuild",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("force", Text, nullable=False, unique=True, comment="one at a time: a new one takes the old one's place"),
    Column("overtaken", Boolean, nullable=False, comment="entries changed since it began"),
    Column("begun_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="rebuilds under way",
)
rebuild_entry = Table(
    "rebuild_entry",
    metadata,
    Column("rebuild", BigInteger, ForeignKey("rebuild.id", ondelete="CASCADE"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("visibility", Text, nullable=False),
    PrimaryKeyConstraint("rebuild", "sealed", "kind"),
    comment="what a rebuild was sent so far",
)

notice = Table(
    "notice",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("force", Text, nullable=False, comment="whose silent entry was met"),
    Column("kind", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("request_id", Text, nullable=False, comment="the search, whose details are in the searcher's audit log"),
    info={RIGHTS: APPEND_ONLY},
    comment="silent entries that a search met: their owner asks for them",
)
Index("notice_owner", notice.c.force, notice.c.id)

dataset = Table(
    "dataset",
    metadata,
    Column("force", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("category", Text, nullable=False, comment="data category that agreements name"),
    Column("records", BigInteger, nullable=False),
    Column("freshest", DateTime(timezone=True), comment="when the newest of them was last changed by its source"),
    Column("told_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("force", "kind", "category"),
    comment="the catalogue: what each force says it has; it is not joined with entries",
)

pepper_check = Table(
    "pepper_check",
    metadata,
    Column("sole", Integer, CheckConstraint("sole = 1", name="pepper_check_one_row"), primary_key=True),
    Column("value", LargeBinary, nullable=False, comment="tells the pepper from any other, and gives nothing away"),
    info={RIGHTS: APPEND_ONLY},
    comment="guards against a lost pepper: one row",
)

audit = audit_tables(metadata)
