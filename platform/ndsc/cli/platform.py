"""``ndsc platform``: what the chart's jobs run in the platform's namespace, and whoever runs the platform may too."""
# The cluster's client is loaded inside the command, so that `ndsc --help` stays quick.
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ndsc.cli.output import err, out

app = typer.Typer(no_args_is_help=True, help="The central services of a cluster: their keys, and whether they work.")
Namespace = Annotated[str, typer.Option("--namespace", "-n", help="Namespace that the platform runs in.")]


@app.callback()
def platform() -> None:
    """The central services of a cluster: their keys, and whether they work."""


@app.command()
def keys(namespace: Namespace = "ndsc-system") -> None:
    """Make the index key, the registry's pepper and the databases' passwords that are missing; replace none.

    Refuses when the index is there and a key of it is not.
    """
    from ndsc.cluster.api_server import ClusterNamespace, connect
    from ndsc.cluster.platform_keys import make_missing

    for name, made in make_missing(ClusterNamespace(connect(), namespace)):
        out.print(f"{name}: {'made' if made else 'there already'}", markup=False)


@app.command()
def check(
    authority: Annotated[Path, typer.Option(help="File with the certificates of the platform's authorities, PEM.")],
    namespace: Namespace = "ndsc-system",
) -> None:
    """Ask every central service whether it is ready, and the gateway to refuse a search without a token."""
    from ndsc.cluster.checking import NotWellError, checks

    wrong = 0
    for what, holds in checks(namespace, authority):
        try:
            holds()
        except NotWellError as error:
            wrong += 1
            err.print(f"wrong: {what}. {error.message}", markup=False)
        else:
            out.print(f"well:  {what}", markup=False)
    if wrong:
        raise typer.Exit(1)
