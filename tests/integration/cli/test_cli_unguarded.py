"""A network on a server whose user may make no roles works, and every command says what is missing."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from ndsc.cli.main import app
from ndsc.storage.server import TemporaryServer


def test_services_without_roles_are_warned_of_until_there_are_roles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TemporaryServer(durable=False) as server, psycopg.connect(server.url, autocommit=True) as superuser:
        superuser.execute("CREATE ROLE tenant LOGIN CREATEDB")
        url = make_url(server.url).set(username="tenant").render_as_string(hide_password=False)
        monkeypatch.setenv("NDSC_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("NDSC_DATABASE_URL", url)
        for _ in range(2):
            done = CliRunner().invoke(app, ["get", "forces"], catch_exceptions=False)
            said = " ".join(done.stderr.split())
            assert done.exit_code == 0
            assert "warning: Every service may do what the user in NDSC_DATABASE_URL may" in said
            assert "ALTER ROLE ... CREATEROLE. PostgreSQL says: permission denied to create role" in said
        superuser.execute("ALTER ROLE tenant CREATEROLE")
        done = CliRunner().invoke(app, ["get", "forces"], catch_exceptions=False)
        assert (done.exit_code, "warning" in done.stderr) == (0, False)
