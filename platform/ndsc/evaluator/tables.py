"""The evaluator's tables: which epochs there are, and the audit log. No element, no key, no name and no token."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, Table, func

from ndsc.audit.tables import audit_tables
from ndsc.storage.rights import APPEND_ONLY, RIGHTS

metadata = MetaData()

epoch = Table(
    "epoch",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("public_key", LargeBinary, nullable=False, comment="tells the epoch's key from any other, 32 bytes"),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    info={RIGHTS: APPEND_ONLY},
    comment="epochs of the index key that were ever served",
)

audit = audit_tables(metadata)
