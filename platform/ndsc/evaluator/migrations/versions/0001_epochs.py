"""Epochs of the index key; the audit log.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ndsc.audit.tables import create_audit_tables, drop_audit_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_audit_tables(op)  # type: ignore[arg-type]  # Alembic's module stands for its Operations
    op.create_table(
        "epoch",
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "public_key",
            sa.LargeBinary(),
            nullable=False,
            comment="tells the epoch's key from any other, 32 bytes",
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("epoch"),
        comment="epochs of the index key that were ever served",
    )


def downgrade() -> None:
    op.drop_table("epoch")
    drop_audit_tables(op)  # type: ignore[arg-type]  # Alembic's module stands for its Operations
