"""Resources and their events.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("resource_version")))
    op.create_table(
        "resource",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False, comment="empty for what is cluster scoped"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False, comment="counts changes of the spec"),
        sa.Column(
            "resource_version",
            sa.BigInteger(),
            nullable=False,
            comment="counts changes of any sort, of all resources",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("labels", postgresql.JSONB(), nullable=False),
        sa.Column("annotations", postgresql.JSONB(), nullable=False),
        sa.Column("spec", postgresql.JSONB(), nullable=False, comment="what is wanted"),
        sa.Column("status", postgresql.JSONB(), nullable=False, comment="what was seen"),
        sa.PrimaryKeyConstraint("kind", "namespace", "name"),
        sa.UniqueConstraint("uid"),
    )
    op.create_table(
        "resource_event",
        sa.Column("uid", sa.Text(), nullable=False, comment="of the resource; events stay when it goes"),
        sa.Column("type", sa.Text(), nullable=False, comment="Normal or Warning"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("uid", "type", "reason", "message"),
    )
    op.create_index("resource_event_last_seen", "resource_event", ["uid", "last_seen"])


def downgrade() -> None:
    op.drop_table("resource_event")
    op.drop_table("resource")
    op.execute(sa.schema.DropSequence(sa.Sequence("resource_version")))
