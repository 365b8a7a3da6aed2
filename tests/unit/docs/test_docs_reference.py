"""The reference pages say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndsc.cli.reference import commands, model
from ndsc.cli.reference.markdown import table
from ndsc.cli.reference.pages import FOLDER, rendered
from ndsc.cli.reference.schemas import attributes
from ndsc.model.pole import Person

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return rendered()


def test_every_page_is_what_the_code_gives(pages: dict[str, str]) -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / FOLDER).glob("*.md")}
    stale = sorted(name for name in {*kept, *pages} if kept.get(name) != pages.get(name))
    assert not stale, f"docs/reference is not what the code says ({', '.join(stale)}): run `make docs` and commit"


def test_every_page_says_that_it_is_made_and_where_to_change_it(pages: dict[str, str]) -> None:
    assert all(text.startswith("<!-- Made from the code by `make docs`") for text in pages.values())


def test_pages_do_not_depend_on_who_makes_them(pages: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDSC_OFFICER", "somebody@kent")
    monkeypatch.setenv("COLUMNS", "40")
    assert commands.markdown() == pages["cli.md"]


def test_every_command_has_its_section_with_every_option(pages: dict[str, str]) -> None:
    text = pages["cli.md"]
    for name, command in commands.commands():
        section = text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert section, f"{name} has no section"
        shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
        options = {option for parameter in shown for option in parameter.opts if option.startswith("--")}
        assert [option for option in options if option not in section] == []


def test_the_model_page_names_type_code_list_and_standards() -> None:
    line = next(line for line in model.markdown().splitlines() if line.startswith("| `sex` "))
    assert line.split(" | ")[1] == "code"
    assert "[`sex`](code-lists.md#sex)" in line
    assert "nc:PersonSexText" in line
    assert "DS_037 Gender" in line


def test_attributes_tell_lists_bounds_and_what_is_required() -> None:
    text = attributes(Person)
    assert "| `aliases` | list of text, up to 20 |" in text
    assert "| `date_of_birth` | date, perhaps partial |" in text


def test_a_table_keeps_its_shape_whatever_its_cells_hold() -> None:
    text = table(("a", "b", "c"), [("1 | 2", "", "two\nlines"), ("3", "", "4")])
    assert text.splitlines() == ["| a | c |", "| --- | --- |", "| 1 \\| 2 | two lines |", "| 3 | 4 |"]
