"""Brings a part's database up to date as its owner, and leaves the service its rights; nothing else owns tables."""

from __future__ import annotations

import time

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from ndsc.cluster.errors import NotReadyError, SettingError
from ndsc.cluster.settings import MigrationSettings
from ndsc.storage.database import engine_for, migrate
from ndsc.storage.roles import Roles
from ndsc.storage.services import migrations_of, tables_of

WAIT_SECONDS = 60.0
"""How long it waits for a database that was just asked for, and for the service's role in it."""
_STATEMENT_MS = 600_000
_PAUSE_SECONDS = 1.0


def migrate_part(service: str, settings: MigrationSettings, *, wait_seconds: float = WAIT_SECONDS) -> None:
    """Safe to call again, and from several pods at once. Raises :class:`NotReadyError` or :class:`SettingError`."""
    url = settings.database_url.get_secret_value()
    engine = engine_for(url, pool_size=1, statement_timeout_ms=_STATEMENT_MS)
    try:
        owner = _owner(engine, settings.service_role, time.monotonic() + wait_seconds)
        migrate(engine, migrations_of(service), tables_of(service), Roles(owner, settings.service_role))
    except psycopg.errors.InsufficientPrivilege as error:
        raise SettingError(
            f"Something in the database's schema public is not {owner}'s, and cannot be made so: {error}.",
            hint="Move it to a schema of its own, or give it to that role; the tables there are the platform's alone.",
        ) from None
    finally:
        engine.dispose()


def _owner(engine: Engine, service: str, until: float) -> str:
    """The user of the URL, once the database answers and the service's role is there."""
    while True:
        missing = "The database does not answer."
        try:
            with engine.connect() as connection:
                owner: str = connection.execute(text("SELECT current_user")).scalar_one()
                if owner == service:
                    raise SettingError("NDSC_DATABASE_URL logs in as the service: a service owns nothing.")
                if connection.execute(_ROLE, {"name": service}).scalar_one():
                    return owner
                missing = f"The database has no role {service} yet."
        except OperationalError:
            pass
        if time.monotonic() >= until:
            raise NotReadyError(missing, hint="It is tried again when the pod starts again.")
        time.sleep(_PAUSE_SECONDS)


_ROLE = text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :name)")
