"""A transaction writes entries and catalogue lines of the one force that it names, and of no other.

Everybody reads: PostgreSQL takes a row that any policy allows, and a policy that is always true costs a lookup nothing.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

_TABLES = ("entry", "dataset")
_OWN = "force = current_setting('ndsc.force', true)"


def upgrade() -> None:
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY all_are_read ON {table} FOR SELECT USING (true)")
        op.execute(f"CREATE POLICY own_force_is_written ON {table} USING ({_OWN}) WITH CHECK ({_OWN})")


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP POLICY all_are_read ON {table}")
        op.execute(f"DROP POLICY own_force_is_written ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
