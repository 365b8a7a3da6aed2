"""`ndsc synth`: made-up people, as many as wanted, and the truth of who is who."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ndsc.cli.output import OutputFormat, PlainOutput, out, print_json, print_yaml, progress

if TYPE_CHECKING:
    from ndsc.synth import CrimeRef, Summary

app = typer.Typer()

EIGHT = "south-wales,btp,city-of-london,northern-ireland,derbyshire,durham,leicestershire,merseyside"


@app.command()
def synth(
    people: Annotated[
        int, typer.Option("--people", "-n", min=1, help="How many people, besides the six of the story.")
    ],
    folder: Annotated[Path, typer.Option("--out", help="Folder for FORCE.jsonl and truth.csv.", file_okay=False)],
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same people.")] = 1,
    forces: Annotated[str, typer.Option("--forces", help="Forces that know them, parted by commas.")] = EIGHT,
    crimes: Annotated[
        list[str] | None,
        typer.Option("--crimes", metavar="FORCE=FILE", help="Tie a force's people to the crimes of a street file."),
    ] = None,
    output: PlainOutput = OutputFormat.TABLE,
) -> None:
    """Make synthetic people of the United Kingdom, known to several forces under realistic variation.

    Nobody in the files is a real person: postcodes, telephones, plates and identifiers are of ranges that nobody has.
    """
    from ndsc.synth import generate  # noqa: PLC0415  # reads its lists of names when imported

    with progress("Making people", total=people) as (bar, task):
        summary = generate(
            folder,
            people,
            [force for force in forces.split(",") if force.strip()],
            seed,
            _crimes(crimes or []),
            lambda done: bar.update(task, completed=done) if done % 200 == 0 or done == people else None,
        )
    _report(summary, folder, output)


def _crimes(pairs: list[str]) -> dict[str, list[CrimeRef]]:
    from ndsc.model.forces import resolve  # noqa: PLC0415
    from ndsc.synth.crimes import MOST, read_crimes  # noqa: PLC0415

    found: dict[str, list[CrimeRef]] = {}
    for pair in pairs:
        force, equals, name = pair.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{pair!r} is not FORCE=FILE", param_hint="--crimes")
        slug = resolve(force).slug
        found[slug] = list(islice(chain(found.get(slug, []), read_crimes(Path(name))), MOST))
    return found


def _report(summary: Summary, folder: Path, output: OutputFormat) -> None:
    told = {"people": summary.people, "rows": summary.rows, "total": summary.total, "folder": str(folder)}
    if output is OutputFormat.JSON:
        print_json(told)
    elif output is OutputFormat.YAML:
        print_yaml(told)
    else:
        for force, rows in summary.rows.items():
            out.print(f"{force:<24}{rows:>10,} rows", markup=False)
        out.print(
            f"{summary.people:,} people, {summary.total:,} rows, and who is who in {folder}/truth.csv", markup=False
        )
