"""What kubectl says when it leads to a Service, and when it does not. That it leads there is tried in tests/e2e."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ndsc.cli.forwarding import forwarded
from ndsc.errors import UnavailableError

LEADS = 'echo $$ > "{pid}"; echo "Forwarding from 127.0.0.1:41234 -> 8443"; exec sleep 60'


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that is found as kubectl: a shell script in its stead."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "kubectl"


def script(file: Path, body: str) -> None:
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


def test_the_port_is_the_one_that_kubectl_names_and_kubectl_ends_with_its_use(kubectl: Path, tmp_path: Path) -> None:
    script(kubectl, f'echo "$@" > {tmp_path}/said; ' + LEADS.format(pid=tmp_path / "pid"))
    with forwarded("gateway", "ndsc-system", 443, "mine") as port:
        assert port == 41234
        words = (tmp_path / "said").read_text()
        assert "--namespace ndsc-system --context mine" in words
        assert "--address=127.0.0.1 service/gateway :443" in words
        pid = Path("/proc") / (tmp_path / "pid").read_text().strip()
        assert pid.exists()
    assert not pid.exists()


def test_what_kubectl_says_against_it_is_said(kubectl: Path) -> None:
    script(kubectl, 'echo "error: services \\"gateway\\" not found" >&2; exit 1')
    with pytest.raises(UnavailableError, match='services "gateway" not found'), forwarded("gateway", "nowhere", 443):
        pass


def test_a_kubectl_that_says_nothing_is_not_waited_for_without_end(kubectl: Path) -> None:
    script(kubectl, "exec sleep 60")
    started = time.monotonic()
    with pytest.raises(UnavailableError, match="did not lead"), forwarded("gateway", "ndsc-system", 443, seconds=0.3):
        pass
    assert time.monotonic() - started < 5


def test_without_kubectl_that_is_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="kubectl") as refused, forwarded("gateway", "ndsc-system", 443):
        pass
    assert "PATH" in refused.value.hint
