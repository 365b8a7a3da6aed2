"""The node with somebody to protect in it, once for each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.guarded import GuardedNode

from ndsc.storage.database import engine_for


@pytest.fixture(scope="module")
def guarded(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedNode]:
    engine = engine_for(database)
    made = GuardedNode(engine, tmp_path_factory.mktemp("node"))
    yield made
    made.close()
    engine.dispose()
