"""Identities compare as bytes; links are kept by who states them only where that is not where they start.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_IDENTITIES = {
    "record": ("id",),
    "link": ("stated_by", "source", "target"),
    "index_token": ("record_id",),
    "erased": ("id",),
}


def upgrade() -> None:
    op.drop_index("link_stated_by", "link")
    _collate("C")
    op.create_index("link_stated_by", "link", ["stated_by"], postgresql_where=sa.text("stated_by <> source"))


def downgrade() -> None:
    op.drop_index("link_stated_by", "link")
    _collate("default")
    op.create_index("link_stated_by", "link", ["stated_by"])


def _collate(collation: str) -> None:
    """No row is written again; the indexes are."""
    for table, columns in _IDENTITIES.items():
        changes = ", ".join(f'ALTER {name} TYPE text COLLATE "{collation}"' for name in columns)
        op.execute(f"ALTER TABLE {table} {changes}")
