"""What all commands share in talking to people and to scripts."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any, Literal

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.segment import Segment

from ndsc.errors import NdscError

_NOT_FOR_SCREENS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls of a terminal (ECMA-48) and of the direction of writing (Unicode UAX 9): what is printed was written by
many hands, and a name must not clear a screen, fake a line or read as another."""


def printable(text: str) -> str:
    """The text with each control shown as a replacement character; line ends and tabs stay."""
    return _NOT_FOR_SCREENS.sub("\ufffd", text)


class PlainConsole(Console):
    """A console whose own controls and colours reach the terminal, and nobody else's."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is drawn, without controls in its text."""
        for segment in super().render(renderable, options):
            if segment.control or not _NOT_FOR_SCREENS.search(segment.text):
                yield segment
            else:
                yield Segment(printable(segment.text), segment.style)


COLOURS: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
"""What a terminal is sent: with NO_COLOR plain text, where rich alone would leave bold and dim in."""

out = PlainConsole(highlight=False, color_system=COLOURS)
err = PlainConsole(stderr=True, highlight=False, color_system=COLOURS)


class OutputFormat(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    WIDE = "wide"
    NAME = "name"


Output = Annotated[OutputFormat, typer.Option("--output", "-o", help="How to print the answer.")]


def _plain(chosen: OutputFormat) -> OutputFormat:
    if chosen in {OutputFormat.NAME, OutputFormat.WIDE}:
        raise typer.BadParameter(f"{chosen.value!r} is not for this command; there are: table, json, yaml")
    return chosen


PlainOutput = Annotated[
    OutputFormat,
    typer.Option("--output", "-o", metavar="[table|json|yaml]", callback=_plain, help="How to print the answer."),
]
"""For commands whose answer is no list of things that have names."""


def escaped(text: str) -> str:
    """The text with each control as ``\\uXXXX``: for JSON, and YAML in double quotes, which mean the same by it."""
    return _NOT_FOR_SCREENS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_json(value: Any, *, indent: int = 2) -> None:
    """JSON on standard output, and nothing else there; controls of a screen are escaped, so that it shows them."""
    sys.stdout.write(escaped(json.dumps(value, ensure_ascii=False, indent=indent, default=str)) + "\n")


def print_yaml(value: Any, *, width: int = 80) -> None:
    """YAML on standard output; where a value holds controls, everything beyond ASCII is escaped."""
    import yaml  # noqa: PLC0415  # commands that print no YAML need not load it

    plain = json.loads(json.dumps(value, default=str))
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=width)
    if _NOT_FOR_SCREENS.search(text):
        text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=False, width=width)
    sys.stdout.write(text)


def print_error(error: NdscError) -> None:
    """What went wrong and what to do, on standard error."""
    _tell("[bold red]error:[/] ", error.message, error.hint)


def warn(message: str, *, hint: str = "") -> None:
    """What is not as it should be and what to do, on standard error."""
    _tell("[bold yellow]warning:[/] ", message, hint)


def _tell(head: str, message: str, hint: str) -> None:
    err.print(head, end="")
    err.print(message, markup=False)
    if hint:
        err.print("  [dim]→[/] ", end="")
        err.print(hint, markup=False)


@contextmanager
def progress(description: str, total: float | None = None) -> Iterator[tuple[Progress, Any]]:
    """A progress bar on standard error, for people only: nothing is drawn when nobody watches."""
    columns = (
        SpinnerColumn(),
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        yield bar, bar.add_task(description, total=total)


def words(items: Iterable[str], joiner: str = "and") -> str:
    """``a, b and c``."""
    listed = list(items)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} {joiner} {listed[-1]}"
