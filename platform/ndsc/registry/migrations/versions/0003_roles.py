"""A service appends to its audit log, and has no other way to write there.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

from ndsc.audit.tables import guard_audit_append

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    guard_audit_append(op)  # type: ignore[arg-type]  # Alembic's module stands for its Operations


def downgrade() -> None:
    """Nothing: the log's function goes with its tables, with the first migration."""
