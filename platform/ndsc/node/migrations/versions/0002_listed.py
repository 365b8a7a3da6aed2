"""What the tokens of a node were listed under, so that a change of the rules is noticed.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "listed",
        sa.Column("sole", sa.Boolean(), sa.CheckConstraint("sole", name="listed_one_row"), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False, comment="of the rules and of the force's own manifest"),
        sa.PrimaryKeyConstraint("sole"),
        comment="what said how every index token here is listed: one row, none before the first",
    )


def downgrade() -> None:
    op.drop_table("listed")
