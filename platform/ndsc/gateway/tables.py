"""The gateway's tables: its audit log, and nothing else."""

from __future__ import annotations

from sqlalchemy import MetaData

from ndsc.audit.tables import audit_tables

metadata = MetaData()

audit = audit_tables(metadata)
