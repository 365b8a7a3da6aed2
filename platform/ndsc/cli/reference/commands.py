"""The page of commands, from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from ndsc.cli.main import app
from ndsc.cli.reference.markdown import block, code, page, table

_MARKUP = re.compile(r"\[/?(?:bold|dim|red|green)?\]")


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """Every command with its whole name, such as ``ndsc audit verify``, groups left out."""
    yield from _below("ndsc", get_command(app))


def markdown() -> str:
    """The page."""
    found = list(commands())
    overview = table(("command", "what it does"), ((_link(name), _first_sentence(one.help)) for name, one in found))
    return page(
        "Commands",
        "Every command answers `--help`. Exit codes: 0 done, 1 could not be done (or `diff` found a difference, or a "
        "check failed), 2 used wrongly. Answers go to standard output, progress and errors to standard error. "
        "`NDSC_HOME` names the folder of the network's state (`.ndsc` if not set), `NDSC_DATABASE_URL` a PostgreSQL "
        "other than the embedded one.",
        overview,
        *(_section(name, one) for name, one in found),
    )


def _below(name: str, command: object) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for below, one in sorted(command.commands.items()):
            yield from _below(f"{name} {below}", one)
    elif isinstance(command, TyperCommand) and not command.hidden:
        yield name, command


def _section(name: str, command: TyperCommand) -> str:
    context = typer.Context(command, info_name=name)
    usage = " ".join((name, *command.collect_usage_pieces(context)))
    rows = [
        (code(record[0]), record[1])
        for parameter in command.get_params(context)
        if parameter.name != "help" and (record := parameter.get_help_record(context)) is not None
    ]
    parts = (
        f"## {name}",
        _plain(command.help),
        block(usage, "text"),
        table(("option", "meaning"), rows) if rows else "",
    )
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _link(name: str) -> str:
    return f"[`{name}`](#{name.replace(' ', '-')})"


def _first_sentence(text: str | None) -> str:
    return re.split(r"(?<=\.)\s", " ".join(_plain(text).split()), maxsplit=1)[0]


def _plain(text: str | None) -> str:
    return _MARKUP.sub("", text or "")
