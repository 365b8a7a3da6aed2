"""Where resources and their events are kept."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Index, MetaData, Sequence, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

RESOURCE_VERSION = Sequence("resource_version", metadata=metadata)
"""One for all resources, so that a later change has a higher version whatever it changes."""

RESOURCE = Table(
    "resource",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("namespace", Text, primary_key=True, comment="empty for what is cluster scoped"),
    Column("name", Text, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("generation", BigInteger, nullable=False, comment="counts changes of the spec"),
    Column("resource_version", BigInteger, nullable=False, comment="counts changes of any sort, of all resources"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("labels", JSONB, nullable=False),
    Column("annotations", JSONB, nullable=False),
    Column("spec", JSONB, nullable=False, comment="what is wanted"),
    Column("status", JSONB, nullable=False, comment="what was seen"),
)

EVENT = Table(
    "resource_event",
    metadata,
    Column("uid", Text, primary_key=True, comment="of the resource; events stay when it goes"),
    Column("type", Text, primary_key=True, comment="Normal or Warning"),
    Column("reason", Text, primary_key=True),
    Column("message", Text, primary_key=True),
    Column("times", BigInteger, nullable=False),
    Column("first_seen", DateTime(timezone=True), nullable=False),
    Column("last_seen", DateTime(timezone=True), nullable=False),
    Index("resource_event_last_seen", "uid", "last_seen"),
)
