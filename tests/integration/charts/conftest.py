"""helm, where there is one."""

from __future__ import annotations

import pytest
from tests.helming import Helm, tool


@pytest.fixture(scope="session")
def helm() -> Helm:
    found = tool("helm", "helm")
    if found is None:
        pytest.skip("helm is not here: `make cluster` builds it")
    return Helm(found)
