"""`ndsc bench`: what the design costs, measured here and now; `ndsc bench operator`: what the operator costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ndsc.cli.context import home
from ndsc.cli.output import OutputFormat, PlainOutput, err, out, print_json, print_yaml

if TYPE_CHECKING:
    from ndsc.bench.measure import Measurement, Step
    from ndsc.bench.suite import Benchmark, Options

app = typer.Typer(invoke_without_command=True)
WriteDocs = Annotated[
    Path | None,
    typer.Option(
        "--write-docs", file_okay=False, help="Write the page of these measurements and its pictures into this folder."
    ),
]


@app.callback()
def bench(
    context: typer.Context,
    quick: Annotated[bool, typer.Option("--quick", help="Smaller data, for a first look: under 90 seconds.")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="search, load, memory or recall; may be given again.")
    ] = None,
    linkage: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="Folder with febrl1.csv to febrl3.csv and fake_1000.csv, which are not shipped; else `linkage` in the "
            "folder of the network's state.",
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of published files; its street files take the place of the samples.")
    ] = None,
    write_docs: WriteDocs = None,
    output: PlainOutput = OutputFormat.TABLE,
) -> None:
    """Measure the design against what one would have without it, both sides in one run.

    Everything happens in temporary folders, which are gone afterwards.
    """
    if context.invoked_subcommand is not None:
        return
    from ndsc.bench.suite import Options, chosen, found_data  # noqa: PLC0415  # `ndsc --help` need not load it

    benchmarks = chosen(only or ())
    near = data or found_data(Path.cwd())
    options = Options(quick=quick, data=near, linkage=linkage or _below(home(), "linkage") or _below(near, "linkage"))
    measured = run(benchmarks, options)
    _print(measured, output)
    if any(one.name == "recall" for one in benchmarks):
        _tell_left_out(options.linkage)
    if write_docs is not None:
        from ndsc.bench import page  # noqa: PLC0415

        command = " ".join(["ndsc bench", *(["--quick"] if quick else [])])
        err.print(f"Wrote {page.write(write_docs, measured, command)}.", markup=False)


@app.command()
def operator(
    quick: Annotated[
        bool, typer.Option("--quick", help="Two turns and 50 data nodes, for a first look: some three minutes.")
    ] = False,
    nodes: Annotated[
        str, typer.Option(help="How many data nodes, smallest first: 50,200,1000 (50 with --quick).", metavar="SIZES")
    ] = "",
    write_docs: WriteDocs = None,
    output: PlainOutput = OutputFormat.TABLE,
) -> None:
    """Measure the operator on the kubeconfig's cluster, with forces that do not exist.

    The cluster must say of itself that nothing on it is anybody's (docs/how-to/measure-the-operator.md): on any other
    nothing is done. The forces stay on it.
    """
    from ndsc.bench.estate import estate  # noqa: PLC0415  # as above
    from ndsc.bench.suite import Benchmark, Options  # noqa: PLC0415

    sizes = estate.sizes_of(nodes) if nodes else (estate.SIZES[:1] if quick else estate.SIZES)
    benchmark = Benchmark(
        "operator", "The operator", lambda options, step: estate.measure(step, quick=options.quick, sizes=sizes)
    )
    measured = run([benchmark], Options(quick=quick))
    _print(measured, output)
    if write_docs is not None:
        from ndsc.bench import page  # noqa: PLC0415

        told = [*(["--quick"] if quick else []), *([f"--nodes {nodes}"] if nodes else [])]
        command = " ".join(["ndsc bench operator", *told])
        err.print(f"Wrote {page.write(write_docs, measured, command, page.OPERATOR)}.", markup=False)


def run(benchmarks: Sequence[Benchmark], options: Options) -> list[Measurement]:
    """Run them one after the other, with a bar each for whoever watches."""
    columns = (SpinnerColumn(), TextColumn("{task.description:<38}"), BarColumn(), TaskProgressColumn())
    detail = TextColumn("[dim]{task.fields[detail]}[/]")
    measured: list[Measurement] = []
    with Progress(*columns, TimeElapsedColumn(), detail, console=err, disable=not err.is_terminal) as bars:
        for benchmark in benchmarks:
            task = bars.add_task(benchmark.title, total=1.0, detail="")
            measured += benchmark.run(options, _step(bars, task))
            bars.update(task, completed=1.0, detail="")
    return measured


def _step(bars: Progress, task: object) -> Step:
    update: Callable[..., None] = bars.update

    def step(what: str, part: float) -> None:
        update(task, completed=part, detail=what)

    return step


def _below(folder: Path | None, name: str) -> Path | None:
    return folder / name if folder is not None and (folder / name).is_dir() else None


def _tell_left_out(folder: Path | None) -> None:
    """On standard error, so that scripts that read the measurements are told too."""
    from ndsc.bench.linkage import left_out  # noqa: PLC0415  # as above

    if absent := left_out(folder):
        err.print(
            f"Left out, for they are not shipped: {', '.join(absent)}. Put the files into {home() / 'linkage'}, or "
            "name their folder with --linkage; where they come from: docs/how-to/make-and-link-data.md.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _print(measured: Sequence[Measurement], output: OutputFormat) -> None:
    plain = [one.model_dump(mode="json") for one in measured]
    if output is OutputFormat.JSON:
        print_json(plain)
    elif output is OutputFormat.YAML:
        print_yaml(plain)
    else:
        out.print(_table(measured))


def _table(measured: Sequence[Measurement]) -> Table:
    table = Table(box=None, padding=(0, 2, 1, 0), header_style="dim")
    for name in ("Measurement", "Ratio", "Goal", "", "What was measured"):
        table.add_column(name, justify="right" if name in ("Ratio", "Goal") else "left", overflow="fold")
    for one in measured:
        sign = "≤" if one.better == "lower" else "≥"
        met = "[green]reached[/]" if one.met else "[yellow]missed[/]"
        table.add_row(f"[bold]{one.name}[/]", f"{one.ratio:g}", f"{sign} {one.goal:g}", met, one.detail)
    return table
