"""The `ndsc` command: every group of commands, registered by name."""

from __future__ import annotations

import sys

import typer
from typer import rich_utils

from ndsc import __version__
from ndsc.cli import (
    audit,
    bench,
    cluster,
    connectors,
    demo,
    link,
    load,
    node,
    operator,
    platform,
    policy,
    resources,
    schema,
    search,
    serve,
    synth,
)
from ndsc.cli.output import COLOURS, out, print_error
from ndsc.errors import NdscError

app = typer.Typer(
    name="ndsc",
    help="One search over every police force's own data, under agreements that machines enforce and people can read.",
    epilog="Start with `ndsc demo`. State is kept in .ndsc, or in the folder that NDSC_HOME names.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

app.add_typer(search.app)
app.add_typer(demo.app)
app.add_typer(load.app)
app.add_typer(resources.app)
app.add_typer(schema.app)
app.add_typer(connectors.app, name="connector")
app.add_typer(link.app, name="link")
app.add_typer(synth.app)
app.add_typer(policy.app, name="policy")
app.add_typer(audit.app, name="audit")
app.add_typer(node.app, name="node")
app.add_typer(operator.app, name="operator")
app.add_typer(platform.app, name="platform")
app.add_typer(cluster.app, name="cluster")
app.add_typer(serve.app)
app.add_typer(bench.app, name="bench")


def _print_version(wanted: bool) -> None:
    if wanted:
        out.print(f"ndsc {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", help="Print the version.", callback=_print_version, is_eager=True),
) -> None:
    """The common options."""
    from ndsc.web.logging import configure_once  # noqa: PLC0415  # help and shell completion log nothing

    configure_once()  # before anything logs: standard output is for answers


def main() -> None:
    """The console script. Exit codes: 0 done, 1 could not be done, 2 used wrongly."""
    rich_utils.COLOR_SYSTEM = COLOURS  # of the help
    try:
        app()
    except NdscError as error:
        print_error(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
