"""What the embedded network leaves on a shared machine is its owner's alone."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import psycopg
import pytest
from pydantic import ValidationError

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


def _others(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode) & 0o077
