"""`ndsc load`, `ndsc quarantine`, `ndsc erase` and `ndsc index`: a force's own work on its own node."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from ndsc.cli.grounds import Asking, asked_by
from ndsc.cli.output import OutputFormat, PlainOutput, err, out, print_json, print_yaml, progress
from ndsc.errors import InvalidInputError

if TYPE_CHECKING:
    from ndsc.connectors.connector import Connector
    from ndsc.embedded.network import Node
    from ndsc.model.base import Model
    from ndsc.node.ledger import LoadReport
    from ndsc.node.quarantine import Quarantine
    from ndsc.node.schemas import Grounds
    from ndsc.policy.decider import Subject

app = typer.Typer()
quarantine = typer.Typer(help="Rows that could not be taken in: why, and how to mend them.", no_args_is_help=True)
index = typer.Typer(help="A force's part of the index of who holds what.", no_args_is_help=True)
app.add_typer(quarantine, name="quarantine")
app.add_typer(index, name="index")

Force = Annotated[str, typer.Option("--force", "-f", help="The force whose node it is: a code such as south-wales.")]
ConnectorName = Annotated[
    str,
    typer.Option("--connector", "-c", help="A shipped connector's name, or a connector file; see `ndsc connector`."),
]
WAIT_SECONDS = 60.0
"""How long a command waits for another one's work on the same index."""
Number = Annotated[int, typer.Argument(help="Number of the row, as `ndsc quarantine list` shows it.")]


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="The export: CSV, JSON, JSON lines or XML, as the connector says.")],
    force: Force,
    connector: ConnectorName,
    output: PlainOutput = OutputFormat.TABLE,
    no_index: Annotated[bool, typer.Option("--no-index", help="Leave the index to a later command.")] = False,
) -> None:
    """Take an export into a force's node. The same file again changes nothing; one that was cut off goes on.

    Exit code 1 when the file breaks off in the middle: what stands before is taken in, and what follows is not.
    """
    from ndsc.connectors.catalogue import find  # noqa: PLC0415  # `ndsc --help` need not load the node

    chosen = find(connector)
    if not file.is_file():
        raise InvalidInputError(f"There is no file {file}.")
    with _changing(force) as node:
        report = run_load(node, file, chosen)
        followed = no_index or _index_follows(node)
    print_model(report, output, load_table)
    if report.quarantined and output is OutputFormat.TABLE:
        err.print(f"  [dim]→[/] [bold]ndsc quarantine list --force {report.force}[/] says why.")
    if not followed:
        err.print(
            f"The rows are taken in; another command is still at work on the index of {report.force}."
            f" When it has ended: [bold]ndsc index update --force {report.force}[/]"
        )
    exit_if_broken(report)


def exit_if_broken(report: LoadReport) -> None:
    """Exit with code 1, saying so, when the export broke off."""
    if report.ended_early:
        left = f" At least {report.unread_bytes:,} bytes were not read." if report.unread_bytes else ""
        err.print(
            f"[bold red]error:[/] the file is broken after row {report.read - 1}: the rest was not taken in.{left}"
        )
        raise typer.Exit(1)


def run_load(node: Node, file: Path, connector: Connector) -> LoadReport:
    """Load with a progress bar for whoever watches."""
    with progress(f"Loading {file.name}", total=100) as (bar, task):
        return node.loader.load(
            file,
            connector,
            lambda rows, part: bar.update(task, completed=round(part * 100)),
            lambda: err.print(f"Another load is running in the node of {node.force}: waiting for it.", markup=False),
        )


def _index_follows(node: Node) -> bool:
    """Bring the index up to date, after whoever is at it; whether it was that by the time it was given up waiting.

    The records are taken in all the same, and the next command that serves the network brings the index up to them.
    """
    from ndsc.node.errors import IndexBusyError  # noqa: PLC0415  # as above

    try:
        update_index(node)
    except IndexBusyError:
        return False
    return True


def update_index(node: Node) -> int:
    """Bring the index up to date with a progress bar for whoever watches."""
    waiting = node.indexer.waiting().records
    with progress("Indexing", total=waiting) as (bar, task):
        return _in_turn(lambda: node.indexer.drain(lambda records: bar.advance(task, records)))


def _in_turn(work: Callable[[], int]) -> int:
    """Work on an index when whoever is at it has ended. Raises ``IndexBusyError`` when that takes too long."""
    from ndsc.node.errors import IndexBusyError  # noqa: PLC0415  # as above

    patience, told = time.monotonic() + WAIT_SECONDS, False
    while True:
        try:
            return work()
        except IndexBusyError as busy:
            if time.monotonic() > patience:
                raise
            if not told:
                err.print(f"{busy.message} Waiting for it, for {WAIT_SECONDS:.0f} seconds at most.", markup=False)
                told = True
            time.sleep(0.2)


@quarantine.command("list")
def list_rows(
    force: Force,
    reason: Annotated[str, typer.Option("--reason", help="Only rows with this reason.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Replayed and discarded rows too.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000)] = 50,
    output: PlainOutput = OutputFormat.TABLE,
) -> None:
    """List rows in quarantine, without what they say."""
    from ndsc.cli.context import network  # noqa: PLC0415  # as above

    with network() as opened:
        rows = opened.quarantine(opened.node(force))
        found = rows.rows(state=None if every else "open", reason=reason or None, limit=limit)
        if not every:
            found += rows.rows(state="corrected", reason=reason or None, limit=limit)
        counts = rows.counts()
    if output is not OutputFormat.TABLE:
        plain = {"raw", "row_values", "correction"}
        return _machine([item.model_dump(mode="json", exclude=plain) for item in found], output)
    table = Table("Row", "File", "Line", "Reason", "Detail", "State", box=None, header_style="dim")
    for item in found:
        table.add_row(*map(_plain, (str(item.id), item.file, str(item.line), item.reason, item.detail, item.state)))
    out.print(table if found else "Nothing is in quarantine.")
    if len(found) < sum(counts.values()):
        out.print(", ".join(f"{count} {name}" for name, count in counts.items()), style="dim")
    return None


@quarantine.command("show")
@asked_by
def show_row(number: Number, *, output: PlainOutput = OutputFormat.TABLE, asking: Asking) -> None:
    """Show one row of your own force with what it says."""
    with _row_work(asking) as (rows, by, why):
        item = rows.show(by, number, why)
    if output is not OutputFormat.TABLE:
        return _machine(item.model_dump(mode="json"), output)
    out.print(f"Row {item.id}: {item.file}, line {item.line} ({item.connector}), {item.state}", markup=False)
    out.print(f"{item.reason}: {item.detail}", style="yellow", markup=False)
    table = Table("Column", "Read", "Corrected", box=None, header_style="dim")
    for name in sorted({*item.row_values, *item.correction}):
        table.add_row(_plain(name), _plain(item.row_values.get(name, "")), _plain(item.correction.get(name, "")))
    out.print(table if table.row_count else _plain(item.raw))
    return None


@quarantine.command("fix")
@asked_by
def fix_row(
    number: Number,
    changes: Annotated[list[str], typer.Option("--set", metavar="COLUMN=VALUE", help="The right value; repeatable.")],
    *,
    asking: Asking,
) -> None:
    """Correct columns of a row of your own force. `ndsc quarantine replay` then takes it in."""
    pairs = [change.partition("=") for change in changes]
    wrong = next((name for name, mark, _ in pairs if not (name and mark)), None)
    if wrong is not None:
        raise InvalidInputError(f"--set {wrong[:60]!r} is no correction", hint="Write --set COLUMN=VALUE.")
    with _row_work(asking) as (rows, by, why):
        rows.fix(by, number, {name: value for name, _, value in pairs}, why)
    out.print(f"Row {number} corrected. [bold]ndsc quarantine replay[/] takes it in.")


@quarantine.command("replay")
@asked_by
def replay_rows(
    numbers: Annotated[list[int] | None, typer.Argument(help="Only these rows; all corrected ones if none.")] = None,
    *,
    connector: Annotated[
        str, typer.Option("--connector", "-c", help="A mended connector: its open rows are tried again too.")
    ] = "",
    output: PlainOutput = OutputFormat.TABLE,
    asking: Asking,
) -> None:
    """Take corrected rows of your own force in, as if they had never been bad."""
    from ndsc.connectors.catalogue import find  # noqa: PLC0415  # as above

    chosen = find(connector) if connector else None
    with _row_work(asking, changes_records=True) as (rows, by, why):
        report = rows.replay(by, why, numbers or None, chosen)
    print_model(report, output, load_table)


@quarantine.command("discard")
@asked_by
def discard_rows(
    numbers: Annotated[list[int], typer.Argument(help="Numbers of the rows, as `ndsc quarantine list` shows them.")],
    *,
    asking: Asking,
) -> None:
    """Erase what rows of your own force say. An old export does not bring them back."""
    with _row_work(asking) as (rows, by, why):
        count = rows.discard(by, numbers, why)
    out.print(f"{count} {'row' if count == 1 else 'rows'} discarded.")


@app.command()
@asked_by
def erase(
    records: Annotated[list[str], typer.Argument(metavar="RECORD...", help="Records of one force, by their ids.")],
    *,
    output: PlainOutput = OutputFormat.TABLE,
    asking: Asking,
) -> None:
    """Erase records of your own force, with their links and index entries. An old export does not bring them back."""
    from ndsc.node.erasure import erase as erased  # noqa: PLC0415  # as above
    from ndsc.node.schemas import stated_grounds  # noqa: PLC0415  # as above

    force = asking.officer.force
    others = [record for record in records if record.partition(".")[0] != force]
    if others:
        raise InvalidInputError(
            f"{others[0][:90]} is not a record of {force}",
            hint="Only the force that holds a record erases it: say who does with --as NAME@FORCE.",
        )
    if not asking.justification.strip():
        raise InvalidInputError("an erasure needs a reason", hint="Say why with --reason: it is kept in the audit log.")
    with _changing(force) as node:
        count = erased(
            node.engine,
            force,
            node.audit,
            records,
            actor=asking.officer.sub,
            grounds=stated_grounds(asking.grounds()),
        )
        update_index(node)
    if output is not OutputFormat.TABLE:
        return _machine({"erased": count}, output)
    out.print(f"{count} {'record' if count == 1 else 'records'} erased, with links and index entries.")
    return None


@index.command("status")
def index_status(force: Force, output: PlainOutput = OutputFormat.TABLE) -> None:
    """How far the index follows the records."""
    with _node(force) as node:
        status = node.indexer.status()
    print_model(status, output, facts_table)


@index.command("update")
def index_update(force: Force) -> None:
    """Bring the index up to date with the records."""
    with _changing(force) as node:
        done = update_index(node)
    out.print(f"{done} records indexed.")


@index.command("rebuild")
def index_rebuild(force: Force, output: PlainOutput = OutputFormat.TABLE) -> None:
    """Make a force's part of the index anew from its records: the same content, or what it should have been."""
    with _changing(force) as node, progress("Rebuilding", node.indexer.status().records) as (bar, task):
        rebuilt = node.indexer.rebuild(lambda records: bar.advance(task, records))
    if output is not OutputFormat.TABLE:
        return _machine(rebuilt.model_dump(mode="json"), output)
    same = "the same as before" if rebuilt.before == rebuilt.after else "not what it was before"
    out.print(f"{rebuilt.records} records, {rebuilt.after.entries} index entries in the registry: {same}.")
    return None


@contextmanager
def _node(force: str) -> Iterator[Node]:
    from ndsc.cli.context import network  # noqa: PLC0415  # as above

    with network() as opened:
        yield opened.node(force)


@contextmanager
def _changing(force: str) -> Iterator[Node]:
    """The node while its records change: should this end half-way, the next command sees to the index."""
    from ndsc.cli.context import network  # noqa: PLC0415  # as above

    with network() as opened, opened.changing(force) as node:
        yield node


@contextmanager
def _row_work(asking: Asking, *, changes_records: bool = False) -> Iterator[tuple[Quarantine, Subject, Grounds]]:
    """The rows of the asker's own force, with who works on them and why."""
    from ndsc.cli.context import network  # noqa: PLC0415  # as above
    from ndsc.node.schemas import stated_grounds  # noqa: PLC0415  # as above
    from ndsc.policy.decider import Subject  # noqa: PLC0415  # as above

    officer, grounds = asking.officer, stated_grounds(asking.grounds())
    subject = Subject(sub=officer.sub, force=officer.force, roles=officer.roles, clearance=officer.clearance)
    with network() as opened:
        if not changes_records:
            yield opened.quarantine(opened.node(officer.force)), subject, grounds
            return
        with opened.changing(officer.force) as node:
            yield opened.quarantine(node), subject, grounds
            update_index(node)


def print_model(value: Model, output: OutputFormat, table: Any) -> None:
    """For a script, or as ``table`` draws it."""
    if output in {OutputFormat.JSON, OutputFormat.YAML}:
        _machine(value.model_dump(mode="json"), output)
    else:
        out.print(table(value))


def _machine(value: Any, output: OutputFormat) -> None:
    (print_yaml if output is OutputFormat.YAML else print_json)(value)


def load_table(report: LoadReport) -> Table:
    """What became of the rows."""
    table = Table("Read", "Loaded", "Changed", "Unchanged", "Quarantined", "Seconds", box=None, header_style="dim")
    numbers = (report.read, report.loaded, report.changed, report.unchanged, report.quarantined)
    table.add_row(*(f"{number:,}" for number in numbers), f"{report.seconds:.1f}")
    return table


def facts_table(value: Model) -> Table:
    """Numbers and words by name."""
    table = Table(box=None, show_header=False)
    for name, number in value.model_dump().items():
        said = f"{number:,}" if isinstance(number, int) else _plain(str(number or "-"))
        table.add_row(name.replace("_", " "), said)
    return table


def _plain(text: str) -> Text:
    """What a row says, not as markup: a bracket in it is a bracket."""
    return Text(text)
