"""One small embedded network for all the tests of a run that only need one: making it takes some seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import network as small

from ndsc.embedded.network import Network


@pytest.fixture(scope="session")
def network_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the network keeps its state in; what NDSC_HOME names for commands."""
    return tmp_path_factory.mktemp("network") / "home"


@pytest.fixture(scope="session")
def network(network_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Four forces, served, with records in them. A test that changes something changes it back."""
    with Network(network_home) as opened:
        opened.apply(small.manifests())
        opened.serve()
        small.fill(opened, tmp_path_factory.mktemp("exports"))
        yield opened
