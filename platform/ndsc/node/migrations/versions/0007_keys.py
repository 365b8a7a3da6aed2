"""By which table of keys the tokens of a node were made, so that another table is noticed.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column(
        "listed",
        sa.Column(
            "keys",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="the table of keys that every index token here was made by, or is queued to be made by",
        ),
    )


def downgrade() -> None:
    op.drop_column("listed", "keys")
