"""`ndsc demo`: eight forces on this machine, real data in them, and four searches."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from ndsc.cli.context import Officer, home, network
from ndsc.cli.output import err, out
from ndsc.errors import NdscError

if TYPE_CHECKING:
    from ndsc.embedded.network import Network
    from ndsc.embedded.scenario import Step, Story
    from ndsc.node.ledger import LoadReport

app = typer.Typer()

_NEXT = """\
[bold]Try next[/]
  {ndsc} search person "Siân Llewellyn-Price" --born 1987-03-09 --reason "named by a witness" --open
  {ndsc} search vehicle "CF01 SLP" --reason "seen leaving the scene"
  {ndsc} why RECORD --reason "..."      [dim]the rule and the agreement behind a record that a search printed[/]
  {ndsc} get forces,agreements          [dim]who takes part, and what they have agreed[/]
  {ndsc} load FILE --force kent --connector police-uk-street
  {ndsc} audit verify                   [dim]that no entry was changed, removed or put in another order[/]
  {ndsc} --help"""


@app.command()
def demo(
    picture: Annotated[
        Path | None, typer.Option(hidden=True, help="Save the first search as an SVG: the README's picture.")
    ] = None,
) -> None:
    """Start a network of eight forces, load data, and run four searches as named officers.

    State stays in .ndsc (NDSC_HOME names another folder): a second run is quick and gives the same answers.
    """
    from ndsc.embedded import scenario  # noqa: PLC0415  # loads every service

    started = time.monotonic()
    with network(serve=True) as net:
        with _bars() as bars:
            with _bar(bars, "Forces and agreements") as step:
                scenario.apply_manifests(net)
                step("", 1.0)
            with ExitStack() as changing:
                for force in scenario.FORCES:
                    changing.enter_context(net.changing(force))
                with _bar(bars, "Loading records") as step:
                    reports = scenario.load_everything(net, step)
                with _bar(bars, "Making index tokens") as step:
                    scenario.index_everything(net, step)
        _print_holdings(net, reports)
        for number, story in enumerate(scenario.SEARCHES, start=1):
            out.record = picture is not None and number == 1
            _run(net, story, f"Search {number} of {len(scenario.SEARCHES)}: {story.title}")
            if picture is not None and number == 1:
                _save(picture)
    out.print(f"\nDone in {time.monotonic() - started:.0f} s. State is in {home()}.\n", style="dim")
    out.print(_NEXT.format(ndsc=_command()))


@contextmanager
def _bars() -> Iterator[Progress]:
    columns = (SpinnerColumn(), TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn())
    detail = TextColumn("[dim]{task.fields[detail]}[/]")
    with Progress(*columns, TimeElapsedColumn(), detail, console=err, transient=True) as bars:
        yield bars


@contextmanager
def _bar(bars: Progress, description: str) -> Iterator[Step]:
    """One bar over several pieces of work; each piece is counted by its name."""
    parts: dict[str, float] = {}
    task = bars.add_task(description, total=None, detail="")

    def step(what: str, part: float) -> None:
        parts[what] = part
        bars.update(task, completed=sum(parts.values()), total=max(len(parts), 1), detail=what)

    yield step
    bars.update(task, detail="", total=1, completed=1)
    if not err.is_terminal:
        err.print(f"{description}: done")


def _print_holdings(net: Network, reports: Mapping[str, Sequence[LoadReport]]) -> None:
    table = Table(title="The network", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for name in ("Force", "Rows read", "Quarantined", "Records", "Index entries"):
        table.add_column(name, header_style="dim", justify="left" if name == "Force" else "right")
    for force, loads in reports.items():
        status = net.node(force).indexer.status()
        read, bad = sum(load.read for load in loads), sum(load.quarantined for load in loads)
        table.add_row(net.name_of(force), f"{read:,}", f"{bad:,}", f"{status.records:,}", f"{status.entries:,}")
    out.print(Padding(table, (1, 0)))


def _run(net: Network, story: Story, title: str) -> None:
    from ndsc.cli.answers import render  # noqa: PLC0415
    from ndsc.matching.describing import describe_query  # noqa: PLC0415

    out.print(Rule(f"[bold]{title}[/]", align="left"))
    out.print(Text(story.text, style="dim"))
    officer = Officer.read(story.officer, story.role, story.clearance)
    asker = f"{story.officer} · {story.request.purpose} · {story.request.justification}"
    with net.down(story.down):
        try:
            answer = net.gateway(officer).search(story.request)
        except NdscError as refused:
            out.print(Text(f"{refused.message} {refused.hint}", style="red"))
        else:
            out.print(render(answer, title=describe_query(story.request.query), asker=asker))
    out.print()


def _save(picture: Path) -> None:
    """The recorded output as a picture that needs no font from elsewhere."""
    drawn = out.export_svg(title="ndsc demo", theme=DIMMED_MONOKAI)
    picture.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL), encoding="utf-8")
    out.record = False


def _command() -> str:
    """How this shell calls the command: by its name if that finds it, else by its path from here."""
    if shutil.which("ndsc"):
        return "ndsc"
    return os.path.relpath(Path(sys.executable).with_name("ndsc"))
