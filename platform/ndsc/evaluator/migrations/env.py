"""Alembic's environment of the evaluator's database."""

from ndsc.storage.database import run_migrations

run_migrations()
