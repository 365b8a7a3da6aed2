"""Alembic's environment of the node's database."""

from ndsc.storage.database import run_migrations

run_migrations()
