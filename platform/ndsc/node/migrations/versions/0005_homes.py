"""Who lives at a place, without what else a place is linked with: a shop has thousands of events.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index("link_home", "link", ["target"], postgresql_where=sa.text("role = 'lives-at'"))


def downgrade() -> None:
    op.drop_index("link_home", "link")
