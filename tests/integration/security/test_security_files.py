"""What the embedded network leaves on a shared machine is its owner's alone."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import psycopg
import pytest
from pydantic import ValidationError

from ndsc.embedded.network import keep_private
from ndsc.gateway.schemas import SearchAnswer
from ndsc.storage.server import EmbeddedServer


def test_the_socket_of_a_database_with_a_long_path_is_its_owners_alone() -> None:
    """Such a socket lies in the shared temporary folder, and whoever connects to it is believed to be anybody."""
    with tempfile.TemporaryDirectory(prefix="ndsc-") as folder:
        deep = Path(folder) / ("long" * 12) / ("path" * 12)
        deep.mkdir(parents=True)
        with EmbeddedServer(deep / "postgres") as server, psycopg.connect(server.url) as connection:
            (place,) = connection.execute("SHOW unix_socket_directories").fetchone() or ("",)
            assert not place.startswith(folder)
            assert _others(Path(place) / ".s.PGSQL.5432") == 0
            (listening,) = connection.execute("SHOW listen_addresses").fetchone() or ("?",)
            assert listening == ""


@pytest.mark.parametrize("name", ["../../../tmp/page", "/etc/passwd", "a/b", "", "x" * 65, "id\x00id-id-id"])
def test_a_gateways_request_id_names_a_report_and_no_other_file(name: str) -> None:
    answer = {"asked_at": "2025-01-01T00:00:00Z", "took_ms": 1, "keys": [], "network": 1, "forces": [], "groups": []}
    with pytest.raises(ValidationError):
        SearchAnswer.model_validate({**answer, "request_id": name})


def test_the_socket_of_an_older_versions_database_becomes_its_owners_alone(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "postgres"):
        pass
    settings = tmp_path / "postgres" / "postgresql.auto.conf"
    older = [line for line in settings.read_text().splitlines() if not line.startswith("unix_socket_permissions")]
    settings.write_text("\n".join([*older, "work_mem = '5MB'", ""]))
    for _ in range(2):
        with EmbeddedServer(tmp_path / "postgres") as server, psycopg.connect(server.url) as connection:
            assert connection.execute("SHOW unix_socket_permissions").fetchone() == ("0700",)
            assert connection.execute("SHOW work_mem").fetchone() == ("5MB",), "what somebody set stays"
    assert settings.read_text().count("unix_socket_permissions") == 1


def test_the_open_socket_of_a_server_that_runs_already_is_closed(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "postgres") as server:
        with psycopg.connect(server.url) as connection:
            (place,) = connection.execute("SHOW unix_socket_directories").fetchone() or ("",)
        socket = Path(place) / ".s.PGSQL.5432"
        socket.chmod(0o777)
        EmbeddedServer(tmp_path / "postgres")  # a second user of the same server
        assert _others(socket) == 0


def test_reports_that_an_older_version_left_open_become_their_owners_alone(tmp_path: Path) -> None:
    reports, elsewhere = tmp_path / "home" / "reports", tmp_path / "elsewhere.html"
    reports.mkdir(parents=True)
    for page in (reports / "a1b2c3d4.html", elsewhere):
        page.write_text("<p>Rhys Pugh</p>")
        page.chmod(0o644)
    reports.chmod(0o755)
    (reports / "link.html").symlink_to(elsewhere)
    keep_private(reports)
    assert _others(reports) == _others(reports / "a1b2c3d4.html") == 0
    assert _others(elsewhere) == 0o044, "nothing outside is touched"
    keep_private(tmp_path / "nothing")


def _others(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode) & 0o077
