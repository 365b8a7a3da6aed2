"""``ndsc operator``: what the Kubernetes operator makes of manifests, and the operator itself."""
# The operator and its clients are loaded inside the command, so that `ndsc --help` stays quick.
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ndsc.cli.output import err, print_yaml
from ndsc.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ndsc.resources.base import Manifest

app = typer.Typer(no_args_is_help=True, help="The Kubernetes operator, and what it makes of manifests.")
Files = Annotated[
    list[str], typer.Option("--filename", "-f", help="File or folder with manifests; - for standard input.")
]


@app.callback()
def operator() -> None:
    """The Kubernetes operator, and what it makes of manifests."""


@app.command()
def render(filename: Files) -> None:
    """Print the objects that the operator makes of manifests, in its order, without a cluster.

    Secrets are left out: what is in them is made at random, once.

    Example: ndsc operator render -f south-wales.yaml | kubectl diff -f -
    """
    from ndsc.resources.loader import load_paths

    manifests = load_paths(filename)
    if not manifests:
        raise InvalidInputError("No manifest was given.", hint="Name a file with one after -f.")
    for manifest in manifests:
        for child in _children(manifest):
            typer.echo("---")
            print_yaml(child)


@app.command()
def diff(filename: Files) -> None:
    """Show what the operator would change on the kubeconfig's cluster for these manifests; exit code 1 if anything.

    The API server itself says what would come of it (server-side dry run); nothing is changed. Secrets are left out.

    Example: ndsc operator diff -f south-wales.yaml
    """
    import asyncio

    from ndsc.resources.loader import load_paths
    from ndsc_operator.differing import of_cluster
    from ndsc_operator.settings import Settings

    texts = asyncio.run(of_cluster(load_paths(filename), Settings()))
    for text in texts:
        typer.echo(text)
    if texts:
        raise typer.Exit(1)


@app.command()
def run() -> None:
    """Run the operator on the cluster of the kubeconfig, or of the pod that this runs in."""
    from ndsc_operator.__main__ import main

    main()


def _children(manifest: Manifest) -> Iterator[dict[str, object]]:
    """What the operator makes of a manifest that nothing was made of yet."""
    from ndsc.resources.datanode import DataNode
    from ndsc.resources.force import Force
    from ndsc_operator.plan import force_steps, node_steps
    from ndsc_operator.settings import Settings

    if isinstance(manifest, Force):
        return (child for step in force_steps(manifest, Settings()) for child in step.children)
    if isinstance(manifest, DataNode):
        return (child for step in node_steps(manifest, Settings()) for child in step.children)
    err.print(f"{manifest.ref}: the operator makes no objects of it.", markup=False)
    return iter(())
