"""A row in quarantine may be discarded: what it says goes, and it does not come back.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

_BEFORE, _AFTER = "open, corrected or replayed", "open, corrected, replayed or discarded"


def upgrade() -> None:
    op.alter_column("quarantine", "state", comment=_AFTER, existing_comment=_BEFORE)


def downgrade() -> None:
    op.alter_column("quarantine", "state", comment=_BEFORE, existing_comment=_AFTER)
