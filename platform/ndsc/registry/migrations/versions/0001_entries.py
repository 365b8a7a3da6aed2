"""Entries, rebuilds, notices and the catalogue; the audit log.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ndsc.audit.tables import create_audit_tables, drop_audit_tables

revision = "0001"
down_revision = None

_NOW = sa.text("now()")


def upgrade() -> None:
    create_audit_tables(op)  # type: ignore[arg-type]  # Alembic's module stands for its Operations
    _create_entries()
    _create_rebuilds()
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("force", sa.Text(), nullable=False, comment="whose silent entry was met"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column(
            "request_id",
            sa.Text(),
            nullable=False,
            comment="the search, whose details are in the searcher's audit log",
        ),
        sa.PrimaryKeyConstraint("id"),
        comment="silent entries that a search met: their owner asks for them",
    )
    op.create_index("notice_owner", "notice", ["force", "id"])
    op.create_table(
        "dataset",
        sa.Column("force", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False, comment="data category that agreements name"),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column(
            "freshest", sa.DateTime(timezone=True), comment="when the newest of them was last changed by its source"
        ),
        sa.Column("told_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("force", "kind", "category"),
        comment="the catalogue: what each force says it has; it is not joined with entries",
    )
    op.create_table(
        "pepper_check",
        sa.Column("sole", sa.Integer(), nullable=False),
        sa.Column(
            "value",
            sa.LargeBinary(),
            nullable=False,
            comment="tells the pepper from any other, and gives nothing away",
        ),
        sa.CheckConstraint("sole = 1", name="pepper_check_one_row"),
        sa.PrimaryKeyConstraint("sole"),
        comment="guards against a lost pepper: one row",
    )


def downgrade() -> None:
    for table in ("pepper_check", "dataset", "notice", "rebuild_entry", "rebuild", "entry"):
        op.drop_table(table)
    drop_audit_tables(op)  # type: ignore[arg-type]  # Alembic's module stands for its Operations


def _create_entries() -> None:
    op.create_table(
        "entry",
        sa.Column("force", sa.Text(), nullable=False),
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            nullable=False,
            comment="HMAC-SHA256 of the token under the registry's pepper",
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "visibility",
            sa.Text(),
            nullable=False,
            comment="visible, or silent: the owner is told and not the searcher",
        ),
        sa.PrimaryKeyConstraint("force", "sealed", "kind"),
        comment="which force holds something under a token",
    )
    op.create_index("entry_lookup", "entry", ["sealed"], postgresql_include=["force", "kind", "visibility"])


def _create_rebuilds() -> None:
    op.create_table(
        "rebuild",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("force", sa.Text(), nullable=False, comment="one at a time: a new one takes the old one's place"),
        sa.Column("overtaken", sa.Boolean(), nullable=False, comment="entries changed since it began"),
        sa.Column("begun_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("force"),
        comment="rebuilds under way",
    )
    op.create_table(
        "rebuild_entry",
        sa.Column("rebuild", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["rebuild"], ["rebuild.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rebuild", "sealed", "kind"),
        comment="what a rebuild was sent so far",
    )
