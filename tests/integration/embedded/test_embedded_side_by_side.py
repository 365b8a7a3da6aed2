"""Commands that run at the same time, in a folder where nothing is there yet."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.network import environment
from tests.preloaded import preloaded

from ndsc.synth import generate

NDSC = str(Path(sys.executable).with_name("ndsc"))
FORCES = ("gwent", "kent")
PEOPLE = 3


def of(force: str) -> tuple[str, ...]:
    return ("--force", force, "--connector", "ndsc-synthetic")


@pytest.fixture
def ndsc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with preloaded(tmp_path_factory.mktemp("ndsc")) as commands:
        yield str(commands / "ndsc")


def test_forces_that_load_first_and_at_once_all_load(tmp_path: Path, ndsc: str) -> None:
    generate(tmp_path / "people", PEOPLE, FORCES, 5)
    home = tmp_path / "home"
    loads = {
        force: subprocess.Popen(
            [ndsc, "load", f"{tmp_path}/people/{force}.jsonl", "-o", "json", *of(force)],
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for force in FORCES
    }
    for force, load in loads.items():
        said, errors = load.communicate(timeout=120)
        assert load.returncode == 0, errors
        counts = json.loads(said)
        assert counts["read"] == counts["loaded"] > 0, force
    verified = subprocess.run([ndsc, "audit", "verify"], env=environment(home), timeout=60, check=False)
    assert verified.returncode == 0


def test_a_home_that_cannot_be_made_and_a_url_that_is_none_are_errors_that_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    wrong = {
        "NDSC_HOME": environment(tmp_path / "file" / "home"),
        "NDSC_DATABASE_URL": environment(tmp_path / "home") | {"NDSC_DATABASE_URL": "garbage"},
    }
    for name, variables in wrong.items():
        done = subprocess.run(
            [NDSC, "get", "forces"], env=variables, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        assert name in done.stderr
