"""The node with somebody to protect in it, once for each module."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from tests.guarded import GuardedNode


@pytest.fixture(scope="module")
def guarded(service_engine: Callable[[str], Engine], tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedNode]:
    made = GuardedNode(service_engine("node"), tmp_path_factory.mktemp("node"))
    yield made
    made.close()
