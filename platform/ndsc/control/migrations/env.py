"""Alembic's environment of the resources' database."""

from ndsc.storage.database import run_migrations

run_migrations()
