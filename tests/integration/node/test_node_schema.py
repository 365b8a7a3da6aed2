"""The migrated database is the one that the models describe."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from tests.owning import owner_of

import ndsc.node
from ndsc.model.facts import PolicyFacts
from ndsc.node.tables import metadata, record
from ndsc.storage.database import migrate


def test_models_and_migrated_schema_do_not_differ(node_engine: Engine) -> None:
    with node_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(node_engine: Engine) -> None:
    migrate(owner_of(node_engine), Path(ndsc.node.__file__).parent / "migrations")
    with node_engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def test_every_policy_fact_is_a_plain_column_that_is_never_null() -> None:
    for name in PolicyFacts.model_fields:
        assert not record.c[name].nullable
