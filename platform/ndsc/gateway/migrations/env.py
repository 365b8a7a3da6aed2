"""Alembic's environment of the gateway's database."""

from ndsc.storage.database import run_migrations

run_migrations()
