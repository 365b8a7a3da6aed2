"""A YAML file of a few lines does not become billions of values."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndsc.connectors.catalogue import parse
from ndsc.errors import NdscError
from ndsc.matching.mapping import load_mapping
from ndsc.resources.loader import load_paths

LINES = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
LINES += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 10)]
BOMB = "\n".join(LINES) + "\n"


def test_in_a_mapping_of_link(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(BOMB)
    with pytest.raises(NdscError, match="aliases"):
        load_mapping(str(file))


def test_a_mapping_nested_without_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text("[" * 3_000 + "]" * 3_000)
    with pytest.raises(NdscError, match="nested"):
        load_mapping(str(file))


def test_in_a_connector() -> None:
    with pytest.raises(NdscError, match="aliases"):
        parse(BOMB)


def test_in_a_manifest(tmp_path: Path) -> None:
    file = tmp_path / "force.yaml"
    file.write_text(BOMB)
    with pytest.raises(NdscError) as refused:
        load_paths([file])
    assert len(str(refused.value)) < 2_000
