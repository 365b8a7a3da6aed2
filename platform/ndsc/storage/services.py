"""What each service brings for its database, in its own package: its tables, and the migrations that make them."""

from __future__ import annotations

import importlib
from pathlib import Path

from sqlalchemy import MetaData


def tables_of(service: str) -> MetaData:
    """The tables as its code knows them."""
    tables: MetaData = importlib.import_module(f"ndsc.{service}.tables").metadata
    return tables


def migrations_of(service: str) -> Path:
    """The folder of its Alembic environment."""
    file = importlib.import_module(f"ndsc.{service}").__file__
    assert file is not None
    return Path(file).parent / "migrations"
