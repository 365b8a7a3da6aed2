"""What all commands share in talking to people and to scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from ndsc.errors import NdscError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class OutputFormat(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    WIDE = "wide"
    NAME = "name"


Output = Annotated[OutputFormat, typer.Option("--output", "-o", help="How to print the answer.")]


def print_json(value: Any) -> None:
    """JSON on standard output, and nothing else there."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_yaml(value: Any) -> None:
    """YAML on standard output."""
    import yaml  # noqa: PLC0415  # commands that print no YAML need not load it

    plain = json.loads(json.dumps(value, default=str))
    sys.stdout.write(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))


def print_error(error: NdscError) -> None:
    """What went wrong and what to do, on standard error."""
    err.print("[bold red]error:[/] ", end="")
    err.print(error.message, markup=False)
    if error.hint:
        err.print("  [dim]→[/] ", end="")
        err.print(error.hint, markup=False)


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
