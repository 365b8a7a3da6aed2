"""``ndsc link``: who in one file is who in another, by the same keys and the same model as a search."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import tempfile
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ndsc.cli.output import err, progress

if TYPE_CHECKING:
    from ndsc.matching.linking import Pair
    from ndsc.matching.mapping import Row
    from ndsc.model.pole import Person

app = typer.Typer(no_args_is_help=True, help="Link the people of two CSV files, or find the duplicates in one.")

Left = Annotated[Path, typer.Argument(metavar="A.csv", help="the left file", show_default=False)]
Right = Annotated[
    Path, typer.Argument(metavar="B.csv", help="the right file; the same one to find duplicates", show_default=False)
]
MappingName = Annotated[
    str, typer.Option("--mapping", metavar="NAME|FILE", help="a shipped mapping (see `link mappings`) or a YAML file")
]
Format = Annotated[Literal["table", "json"], typer.Option("-o", help="how to print the counts")]

STDOUT = Path("-")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@app.command()
def pairs(
    left: Left,
    right: Right,
    mapping: MappingName,
    output: Annotated[
        Path,
        typer.Option(
            "--output", metavar="FILE", help="pairs to write: left_id,right_id,probability; - for standard output"
        ),
    ],
    candidates: Annotated[
        Path | None, typer.Option("--candidates", metavar="FILE", help="also write every pair that was compared")
    ] = None,
    threshold: Annotated[
        float, typer.Option("--threshold", min=0.0, max=1.0, help="least probability of a pair to write")
    ] = 0.5,
    output_format: Format = "table",
) -> None:
    """Link two files: each pair that shares an index key and is likely one person, with the probability that it is.

    Give one file twice to find its duplicates: each pair is then written once, and none with itself.
    """
    from ndsc.matching.linking import score_pairs  # noqa: PLC0415  # slow to import

    _refuse_overwriting((left, right), (output, candidates))
    rows, others, found = _find(left, right, mapping)
    with progress("Scoring", len(found)) as (bar, task):
        every = score_pairs(rows, others, found, progress=lambda done: bar.advance(task, done))
        scored = [pair for pair in every if pair.probability >= threshold]
    if candidates is not None:
        _write_candidates(candidates, rows, others, found)
    lines = ((_cell(a), _cell(b), f"{probability:.9f}") for a, b, probability in scored)
    _write(output, ("left_id", "right_id", "probability"), lines)
    _print_counts(
        rows,
        others,
        {"candidates": len(found), "pairs": len(scored), "threshold": threshold},
        output_format,
        (output, candidates),
    )


@app.command()
def candidates(
    left: Left,
    right: Right,
    mapping: MappingName,
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="pairs to write: left_id,right_id; - for standard output")
    ],
    output_format: Format = "table",
) -> None:
    """Only the pairs that share an index key, unscored: what a search would ever compare."""
    _refuse_overwriting((left, right), (output,))
    rows, others, found = _find(left, right, mapping)
    _write_candidates(output, rows, others, found)
    _print_counts(rows, others, {"candidates": len(found)}, output_format, (output,))


@app.command()
def mappings() -> None:
    """List the shipped mappings."""
    from ndsc.matching.mapping import load_mapping, shipped_mappings  # noqa: PLC0415  # slow to import

    for name in shipped_mappings():
        mapping = load_mapping(name)
        fed = ", ".join(f"{column} to {target}" for target, column in mapping.columns.items())
        typer.echo(f"{name}: identifier {mapping.id}; {fed}; leaves out {', '.join(mapping.ignored) or 'nothing'}")


def _find(left: Path, right: Path, mapping_name: str) -> tuple[list[Row], list[Row] | None, list[Pair]]:
    """Read both files and find the candidates; one file given twice is read once: ``None`` for the right."""
    from ndsc.matching.linking import candidate_pairs  # noqa: PLC0415  # slow to import
    from ndsc.matching.mapping import load_mapping, read_people  # noqa: PLC0415  # slow to import

    mapping = load_mapping(mapping_name)
    with err.status(f"Reading {left.name} and {right.name} ..."):
        rows = list(read_people(left, mapping))
        same = left.exists() and right.exists() and left.samefile(right)
        others = None if same else list(read_people(right, mapping))
    with err.status("Finding pairs that share an index key ..."):
        return rows, others, candidate_pairs(rows, others, index_keys)


def index_keys(person: Person) -> Iterable[Hashable]:
    """The index keys of a person. Equal keys would give equal tokens, so no token is needed here."""
    from ndsc.index.keys import keys_of  # noqa: PLC0415  # slow to import

    return [key.canonical for key in keys_of(person)]


def _refuse_overwriting(inputs: Sequence[Path], outputs: Sequence[Path | None]) -> None:
    from ndsc.matching.mapping import LinkInputError  # noqa: PLC0415  # slow to import

    if outputs.count(STDOUT) > 1:
        raise LinkInputError("two outputs are -", hint="Only one of them can be standard output.")
    for output in filter(None, outputs):
        if output != STDOUT and any(output.exists() and path.exists() and output.samefile(path) for path in inputs):
            raise LinkInputError(f"{output} is an input file", hint="Name another file to write to.")


def _write_candidates(path: Path, rows: Sequence[Row], others: Sequence[Row] | None, found: Sequence[Pair]) -> None:
    right = rows if others is None else others
    _write(path, ("left_id", "right_id"), ((_cell(rows[one].id), _cell(right[other].id)) for one, other in found))


def _cell(identity: str) -> str:
    """An identifier that a spreadsheet will not run: what starts a formula gets an apostrophe (OWASP's advice)."""
    return f"'{identity}" if identity.startswith(_FORMULA_STARTS) and not _is_number(identity) else identity


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _write(path: Path, header: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Write a CSV file whole or not at all: into a new file beside it, then in its place. ``-`` is standard output."""
    from ndsc.matching.mapping import LinkInputError  # noqa: PLC0415  # slow to import

    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    if path == STDOUT:
        sys.stdout.write(buffer.getvalue())
        return
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(buffer.getvalue())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise LinkInputError(f"cannot write {path}: {error.strerror}") from error


def _print_counts(
    rows: Sequence[Row],
    others: Sequence[Row] | None,
    counts: dict[str, Any],
    output_format: str,
    outputs: Sequence[Path | None],
) -> None:
    counts = {"left": len(rows), "right": len(rows if others is None else others), **counts}
    if output_format == "json":
        text = json.dumps(counts, indent=2)
    else:
        text = ", ".join(f"{name} {value}" for name, value in counts.items())
    typer.echo(text, err=STDOUT in outputs)  # where the pairs go to standard output, nothing else does
