"""Records, links, index tokens, loads and quarantine; the audit log.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ndsc.audit.tables import create_audit_tables, drop_audit_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_audit_tables(op)  # type: ignore[arg-type]  # Alembic's module stands for its Operations
    op.create_table(
        "erased",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="identities of erased records, and nothing else of them: an old export does not bring them back",
    )
    op.create_table(
        "index_token",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False, comment="visible, silent, or never sent to the registry"),
        sa.PrimaryKeyConstraint("token", "record_id", "rule"),
        comment="the index tokens of each record, by which a search finds it",
    )
    op.create_index("index_token_record", "index_token", ["record_id"], unique=False)
    op.create_table(
        "link",
        sa.Column("stated_by", sa.Text(), nullable=False, comment="first record of the source row that says so"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "subject_category", sa.Text(), nullable=False, comment="empty where the link is not a person's to an event"
        ),
        sa.PrimaryKeyConstraint("source", "target", "role", "subject_category", "stated_by"),
        comment="one record has to do with another, in a role",
    )
    op.create_index("link_stated_by", "link", ["stated_by"], unique=False)
    op.create_index("link_target", "link", ["target"], unique=False)
    op.create_table(
        "load",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "connector",
            postgresql.JSONB(),
            nullable=False,
            comment="the whole connector, so that a bad row can be replayed",
        ),
        sa.Column("connector_digest", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="running or done"),
        sa.Column(
            "rows_done",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="checkpoint: rows dealt with",
        ),
        sa.Column("loaded", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("changed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="one export taken in, with its checkpoint and counts",
    )
    op.create_index(
        "load_running",
        "load",
        ["file_digest", "connector_digest"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("record_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        comment="records whose index tokens must follow: written with the change itself, gone when the index has them",
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("load_id", sa.BigInteger(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False, comment="n-th row of its reference, or of its text"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("raw_digest", sa.LargeBinary(), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False, comment="n-th bad row of the file with this text"),
        sa.Column(
            "row_values",
            postgresql.JSONB(),
            nullable=False,
            comment="column to value; empty where the row could not be read",
        ),
        sa.Column("correction", postgresql.JSONB(), nullable=True, comment="columns that somebody corrected"),
        sa.Column(
            "state", sa.Text(), server_default=sa.text("'open'"), nullable=False, comment="open, corrected or replayed"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connector", "raw_digest", "repeat", name="quarantine_row"),
        comment="each row that could not be taken in, with its reason",
    )
    op.create_table(
        "record",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source_system", sa.Text(), nullable=False),
        sa.Column("source_reference", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "content_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="of all that the record says, without its provenance",
        ),
        sa.Column("force", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "category",
            sa.Text(),
            nullable=False,
            comment="data category that agreements name: nominal, vehicle, crime, stop-search ...",
        ),
        sa.Column("tier", sa.BigInteger(), nullable=False, comment="0 OFFICIAL, 1 SECRET, 2 TOP SECRET"),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("caveated", sa.Boolean(), nullable=False, comment="carries a caveat or a handling instruction"),
        sa.Column("grading", sa.Text(), nullable=False, comment="such as 1AP or B24; empty for what is not graded"),
        sa.Column("handling", sa.Text(), nullable=False, comment="P, C, a 5x5x5 digit, or empty"),
        sa.Column("action", sa.Text(), nullable=False, comment="A1, A2, A3, or empty"),
        sa.Column("immunity", sa.Boolean(), nullable=False, comment="under public interest immunity"),
        sa.Column("assessment", sa.Boolean(), nullable=False, comment="a personal assessment, not a fact"),
        sa.Column("suspect", sa.Boolean(), nullable=False),
        sa.Column("convicted", sa.Boolean(), nullable=False),
        sa.Column("victim", sa.Boolean(), nullable=False),
        sa.Column("witness", sa.Boolean(), nullable=False),
        sa.Column("other_subject", sa.Boolean(), nullable=False),
        sa.Column(
            "born",
            sa.BigInteger(),
            nullable=False,
            comment="latest day a person can have been born on; -1000000 when unknown",
        ),
        sa.Column("retention_group", sa.BigInteger(), nullable=False),
        sa.Column("review_on", sa.BigInteger(), nullable=False, comment="day the review is due"),
        sa.Column("updated_on", sa.BigInteger(), nullable=False, comment="day the source last changed it"),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("envelope", postgresql.JSONB(), nullable=False, comment="marking, grading, retention, assertion"),
        sa.Column("provenance", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="one POLE entity as one source knows it",
    )
    op.create_index(
        "record_given_name",
        "record",
        [sa.literal_column("lower(body ->> 'given_name')")],
        unique=False,
        postgresql_where=sa.text("kind = 'person'"),
    )
    op.create_index(
        "record_surname",
        "record",
        [sa.literal_column("lower(body ->> 'surname')")],
        unique=False,
        postgresql_where=sa.text("kind = 'person'"),
    )
    op.create_table(
        "registry_due",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("token", "kind"),
        comment="tokens whose present state the registry may not know: noted before it is told, gone afterwards",
    )


def downgrade() -> None:
    op.drop_table("quarantine")
    op.drop_table("load")
    op.drop_table("outbox")
    op.drop_table("registry_due")
    op.drop_table("index_token")
    op.drop_table("link")
    op.drop_table("record")
    op.drop_table("erased")
    drop_audit_tables(op)  # type: ignore[arg-type]  # as above
