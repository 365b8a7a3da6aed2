"""Inner nodes of the audit log's tree, so that a proof need not read every leaf.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

from ndsc.audit.tables import keep_audit_nodes

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    keep_audit_nodes(op)  # type: ignore[arg-type]  # Alembic's module stands for its Operations


def downgrade() -> None:
    """Nothing: the log's tables go together, with the first migration."""
