"""Alembic's environment of the registry's database."""

from ndsc.storage.database import run_migrations

run_migrations()
