"""The chart's README says what its values are, each of them, as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndsc.cli.reference.chart import README, UndocumentedValueError, with_table

ROOT = Path(__file__).parents[3]


def _chart(folder: Path, values: str) -> Path:
    readme = folder / "README.md"
    made = "<!-- Made from values.yaml by `make docs`. -->\nold\n<!-- End of what is made. -->\nafter\n"
    readme.write_text(f"# before\n{made}")
    (folder / "values.yaml").write_text(values)
    return readme


def test_the_table_is_what_the_values_give() -> None:
    said = (ROOT / README).read_text(encoding="utf-8")
    assert with_table(ROOT / README) == said, f"{README} is not what values.yaml says: run `make docs` and commit"


def test_a_value_is_told_with_its_default_and_the_comment_above_it(tmp_path: Path) -> None:
    text = with_table(_chart(tmp_path, "a:\n  # How many,\n  # at most.\n  b: 3\n# Sizes.\nc: {d: 1}\n"))
    assert "| `a.b` | `3` | How many, at most. |" in text
    assert "| `c` | `{d: 1}` | Sizes. |" in text
    assert "old" not in text
    assert text.startswith("# before\n")
    assert text.endswith("after\n")


def test_a_value_without_a_meaning_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UndocumentedValueError, match=r"a\.b"):
        with_table(_chart(tmp_path, "a:\n  # Something else.\n\n  b: 3\n"))
