"""What is printed was written by many hands: none of it clears a screen, colours a word or reads as something else."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import yaml
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from typer.testing import CliRunner

from ndsc.cli import connectors
from ndsc.cli.load import _plain
from ndsc.cli.output import OutputFormat, PlainConsole, print_json, print_yaml, printable
from ndsc.cli.resources import _write
from ndsc.resources.force import Force

HOSTILE = ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\u202eevoba", "\u2066x\u2069", "\x08\x08", "\rpaid", "\x00"]


def drawn(renderable: object, *, terminal: bool = True) -> str:
    console = PlainConsole(file=io.StringIO(), force_terminal=terminal, highlight=False, width=60, color_system=None)
    console.print(renderable)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_control_of_a_name_reaches_the_terminal(hostile: str) -> None:
    name = f"Rhys{hostile}Pugh"
    table = Table("name")
    table.add_row(Text(name))
    for renderable in (name, Text(name), table, Panel(Text("x"), title=Text(name))):
        shown = drawn(renderable)
        assert printable(shown) == shown
        assert "Rhys" in shown


def test_the_consoles_own_colours_still_do() -> None:
    console = PlainConsole(file=io.StringIO(), force_terminal=True, color_system="standard", width=60)
    console.print("[bold]name[/]")
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == "\x1b[1mname\x1b[0m\n"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_json_and_yaml_show_controls_and_lose_nothing(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    value = {"name": f"Siân{hostile}"}
    print_json(value)
    text = capsys.readouterr().out
    assert printable(text) == text
    assert json.loads(text) == value
    print_yaml(value)
    text = capsys.readouterr().out
    assert printable(text) == text
    assert yaml.safe_load(text) == value


@pytest.mark.parametrize("output", [OutputFormat.JSON, OutputFormat.YAML])
@pytest.mark.parametrize("hostile", ["\x9b31m", "\u202eevoba", "\u2066x\u2069"])
def test_a_resource_as_a_script_reads_it_holds_no_control(
    hostile: str, output: OutputFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    force = Force.model_validate(
        {
            "apiVersion": "ndsc.police.uk/v1alpha1",
            "kind": "Force",
            "metadata": {"name": "gwent", "annotations": {"note": f"Heddlu{hostile}Gwent"}},
            "spec": {"code": "gwent", "name": "Gwent Police"},
        }
    )
    _write([force], output, listed=False)
    text = capsys.readouterr().out
    assert printable(text) == text
    assert yaml.safe_load(text)["metadata"]["annotations"] == {"note": f"Heddlu{hostile}Gwent"}


@pytest.mark.parametrize("hostile", ["\x9b31m", "\u202eevoba"])
def test_a_draft_of_a_file_of_hostile_columns_shows_them_and_still_names_them(hostile: str, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text(f"Surname{hostile},Forename,Crime Ref No\nLee,Ann,62/1/25\n", encoding="utf-8")
    result = CliRunner().invoke(connectors.app, ["suggest", str(export)])
    assert result.exit_code == 0
    assert printable(result.stdout) == result.stdout
    assert f"Surname{hostile}" in json.dumps(yaml.safe_load(result.stdout), ensure_ascii=False)


@pytest.mark.parametrize("cell", ["[red]guilty[/]", "[/]", r"\[/x]", "[link=https://example.org]x[/link]"])
def test_a_bad_row_is_shown_as_it_is(cell: str) -> None:
    table = Table("Read")
    table.add_row(_plain(cell))
    assert cell in drawn(table)
