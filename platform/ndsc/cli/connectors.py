"""`ndsc connector`: see the shipped connectors, draft one for a new file, try it, and check it. Nothing is stored."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ndsc.cli.output import Output, OutputFormat, PlainOutput, err, escaped, out, print_json, print_yaml, printable

if TYPE_CHECKING:
    from ndsc.connectors.connector import Connector
    from ndsc.connectors.trial import Trial

app = typer.Typer(
    no_args_is_help=True,
    help="Map a force's export to records: declarative files, no code.",
    epilog="New export? ndsc connector suggest FILE > mine.yaml, edit, ndsc connector try FILE --connector mine.yaml",
)

File = Annotated[Path, typer.Argument(help="The export: CSV, JSON, JSON lines or XML.")]
_SHOWN_VALUES = 6


@app.command("list")
def list_connectors(output: Output = OutputFormat.TABLE) -> None:
    """The connectors that come with ndsc."""
    from ndsc.connectors.catalogue import shipped, shipped_names  # noqa: PLC0415  # `ndsc --help` stays quick

    connectors = [shipped(name) for name in shipped_names()]
    if output is OutputFormat.NAME:
        out.print("\n".join(connector.connector for connector in connectors))
    elif output in {OutputFormat.JSON, OutputFormat.YAML}:
        _print_data([_summary(connector) for connector in connectors], output)
    else:
        rows = [_summary(connector) for connector in connectors]
        _print_rows(("name", "version", "format", "gives", "title"), rows)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A shipped connector, or a connector file.")],
    output: PlainOutput = OutputFormat.TABLE,
) -> None:
    """A connector, as its file says it (or as data, with -o json|yaml)."""
    from ndsc.connectors.catalogue import find, shipped_names, shipped_text  # noqa: PLC0415  # as above

    connector = find(name)
    if output in {OutputFormat.JSON, OutputFormat.YAML}:
        _print_data(connector.model_dump(mode="json", exclude_defaults=True), output)
    elif name in shipped_names():
        sys.stdout.write(shipped_text(name))
    else:
        sys.stdout.write(printable(Path(name).read_text("utf-8-sig")))


@app.command()
def validate(
    file: Annotated[str, typer.Argument(help="A connector file, or the name of a shipped one.")],
    output: PlainOutput = OutputFormat.TABLE,
) -> None:
    """Check a connector file: every attribute, transform, code list and link in it. Exit code 1 if one is wrong."""
    from ndsc.connectors.catalogue import find  # noqa: PLC0415  # as above
    from ndsc.connectors.mapping import compile_connector  # noqa: PLC0415  # as above

    connector = find(file)
    compile_connector(connector, "example-force")
    if output in {OutputFormat.JSON, OutputFormat.YAML}:
        _print_data({"valid": True, **_summary(connector)}, output)
    else:
        out.print(f"{connector.label} is valid: it gives {_gives(connector)}.", markup=False)


@app.command()
def transforms(output: PlainOutput = OutputFormat.TABLE) -> None:
    """The transforms that a connector may name; there are no others."""
    from ndsc.connectors.transforms import PLAIN, WITH_ARGUMENT  # noqa: PLC0415  # as above

    rows = [{"write": name, "gives": meaning} for name, (_, meaning) in PLAIN.items()]
    rows += [{"write": f"{{{name}: ...}}", "gives": meaning} for name, (_, meaning) in WITH_ARGUMENT.items()]
    if output in {OutputFormat.JSON, OutputFormat.YAML}:
        _print_data(rows, output)
    else:
        _print_rows(("write", "gives"), rows)


@app.command()
def suggest(file: File, output: PlainOutput = OutputFormat.TABLE) -> None:
    """Draft a connector for a file nobody has described; each line says how sure it is, and why."""
    from ndsc.connectors.drafting import as_data, as_yaml  # noqa: PLC0415  # as above
    from ndsc.connectors.suggest import suggest as look_and_guess  # noqa: PLC0415  # as above

    draft = look_and_guess(file)
    if output is OutputFormat.JSON:
        print_json(as_data(draft))
        return
    sys.stdout.write(escaped(as_yaml(draft)))
    unsure = sum(guess.confidence < 0.7 for guess in draft.guesses)
    err.print(
        f"{len(draft.guesses)} lines guessed, {unsure} of them unsure; {len(draft.unused)} columns not used.",
        markup=False,
    )


@app.command("try")
def try_connector(
    file: File,
    *,
    connector: Annotated[str, typer.Option(help="A shipped connector, or a connector file.")],
    force: Annotated[str, typer.Option(help="The force whose export it is.")] = "example-force",
    rows: Annotated[int, typer.Option(min=0, max=100, help="How many mapped rows to show.")] = 5,
    limit: Annotated[int | None, typer.Option(min=1, help="Read so many rows at most.")] = None,
    output: PlainOutput = OutputFormat.TABLE,
) -> None:
    """Show what a connector makes of a file and what would be quarantined. Nothing is stored."""
    from ndsc.connectors.catalogue import find  # noqa: PLC0415  # as above
    from ndsc.connectors.trial import attempt  # noqa: PLC0415  # as above
    from ndsc.model.forces import resolve  # noqa: PLC0415  # as above

    slug = force if force == "example-force" else resolve(force).slug
    trial = attempt(file, find(connector), slug, show=rows, limit=limit)
    if output in {OutputFormat.JSON, OutputFormat.YAML}:
        _print_data(trial.as_data(), output)
    else:
        _print_trial(trial)


def _summary(connector: Connector) -> dict[str, Any]:
    return {
        "name": connector.connector,
        "version": connector.version,
        "format": connector.format.type,
        "gives": _gives(connector),
        "title": connector.title,
    }


def _gives(connector: Connector) -> str:
    return ", ".join(dict.fromkeys(f"{record.kind.value} ({record.name})" for record in connector.records))


def _print_data(value: Any, output: OutputFormat) -> None:
    if output is OutputFormat.JSON:
        print_json(value)
    else:
        print_yaml(value)


def _print_rows(headings: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    from rich.table import Table  # noqa: PLC0415  # as above
    from rich.text import Text  # noqa: PLC0415  # as above

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*(Text(str(row.get(heading, ""))) for heading in headings))
    out.print(table)


def _print_trial(trial: Trial) -> None:
    if trial.first:
        out.print("[bold]The first rows, mapped[/]")
        _print_rows(("row", "record", "says"), [line for mapped in trial.first for line in _lines(mapped)])
        out.print()
    out.print(f"read {trial.read:,} = mapped {trial.mapped:,} + quarantined {trial.quarantined:,}", markup=False)
    made = ", ".join(f"{count:,} {kind}" for kind, count in [*trial.records.items(), *trial.links.items()])
    out.print(f"made: {made or 'nothing'}; {trial.repeated:,} rows repeat a reference and are numbered", markup=False)
    if trial.left_out:
        left = ", ".join(f"{count:,} {name}" for name, count in trial.left_out.most_common())
        out.print(f"left out, as their lines are lenient: {left}", markup=False)
    if trial.quarantined:
        out.print("\n[bold]Would be quarantined[/]")
        _print_rows(
            ("count", "reason", "line", "what is wrong", "value"),
            [
                {
                    "count": f"{count:,}" if place == 0 else "",
                    "reason": reason if place == 0 else "",
                    "line": row.line,
                    "what is wrong": row.detail,
                    "value": row.value,
                }
                for reason, count in trial.reasons.most_common()
                for place, row in enumerate(trial.refused.get(reason, ()))
            ],
        )


def _lines(mapped: Any) -> list[dict[str, Any]]:
    lines = []
    for place, record in enumerate(mapped.records):
        body = record.body.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        said = [f"{name}: {_short(value)}" for name, value in body.items()]
        more = [f"and {len(said) - _SHOWN_VALUES} more"] if len(said) > _SHOWN_VALUES else []
        lines.append(
            {
                "row": _short(mapped.reference, 20) if place == 0 else "",
                "record": record.kind.value,
                "says": "; ".join([*said[:_SHOWN_VALUES], *more]),
            }
        )
    return lines


def _short(value: Any, width: int = 40) -> str:
    if isinstance(value, dict):
        text = ", ".join(str(part) for part in value.values())
    else:
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"
