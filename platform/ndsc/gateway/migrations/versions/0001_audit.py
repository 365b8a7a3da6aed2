"""The audit log: the gateway keeps nothing else.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from alembic import op

from ndsc.audit.tables import create_audit_tables, drop_audit_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_audit_tables(op)  # type: ignore[arg-type]  # Alembic's module stands for its Operations


def downgrade() -> None:
    drop_audit_tables(op)  # type: ignore[arg-type]  # Alembic's module stands for its Operations
