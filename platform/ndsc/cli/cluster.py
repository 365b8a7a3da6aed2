"""``ndsc cluster``, and the same as ``kubectl ndsc``: the estate on a cluster, for people who look after it."""
# The cluster's client is loaded inside the commands, so that `ndsc --help` stays quick.
# ruff: noqa: PLC0415

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from ndsc.cli.context import Officer
from ndsc.cli.output import OutputFormat, PlainOutput, err, out, print_error, print_json, print_yaml, printable
from ndsc.cli.search import Reach, searches
from ndsc.errors import ForbiddenError, NdscError

if TYPE_CHECKING:
    from ndsc.gateway.client import GatewayClient
    from ndsc_operator.estate import Seen
    from ndsc_operator.looking import Cluster

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="The estate on a Kubernetes cluster; also as `kubectl ndsc`.")

Force = Annotated[str, typer.Argument(help="Name of the force, as in `kubectl get forces`.", show_default=False)]
Context = Annotated[str, typer.Option("--context", help="Context of the kubeconfig; its current one if left out.")]
GATEWAY, HTTPS = "gateway", 443


class Part(StrEnum):
    """What of a node writes logs."""

    API = "api"
    DATABASE = "database"
    MIGRATION = "migration"


@app.callback()
def cluster() -> None:
    """The estate on a Kubernetes cluster; also as `kubectl ndsc`."""


@app.command()
def status(context: Context = "", output: PlainOutput = OutputFormat.TABLE) -> None:
    """Every force and its nodes: what is well, what is not, and why. Exit 1 where something is not well.

    Example: kubectl ndsc status -o json
    """

    async def read(estate: Cluster) -> tuple[list[Seen], dict[str, tuple[int, int]]]:
        return await estate.forces(), await estate.holdings()

    forces, holdings = _ask(context, read)
    if output is OutputFormat.TABLE:
        out.print(_table(forces, holdings) if forces else "No force yet: apply a Force manifest.")
    else:
        (print_json if output is OutputFormat.JSON else print_yaml)([force.plain() for force in forces])
    if not all(_is_well(force) for force in forces):
        raise typer.Exit(1)


@app.command()
def tree(force: Force, context: Context = "", output: PlainOutput = OutputFormat.TABLE) -> None:
    """A force with all that belongs to it, and what is wrong with any of it. Exit 1 where something is.

    Example: kubectl ndsc tree south-wales
    """
    found = _ask(context, lambda estate: estate.tree(force))
    if output is OutputFormat.TABLE:
        out.print(_drawn(found))
    else:
        (print_json if output is OutputFormat.JSON else print_yaml)(found.plain())
    if not _is_well(found):
        raise typer.Exit(1)


@app.command()
def logs(
    force: Force,
    part: Annotated[Part, typer.Option(help="What of the node.")] = Part.API,
    node: Annotated[str, typer.Option(help="Only this data node.")] = "",
    tail: Annotated[int, typer.Option(min=1, max=10_000, help="So many last lines of each pod.")] = 50,
    context: Context = "",
) -> None:
    """The last log lines of a force's nodes, each after its pod's name.

    Example: kubectl ndsc logs south-wales --part migration
    """

    async def read(estate: Cluster) -> None:
        async for pod, line in estate.logs(force, part.value, lines=tail, node=node):
            typer.echo(printable(f"{pod}  {line}"))

    _ask(context, read)


@app.command()
def hibernate(force: Force, context: Context = "") -> None:
    """Put a force's nodes to sleep: they answer nothing, use nothing, and keep everything.

    Example: kubectl ndsc hibernate south-wales
    """
    _sleep(force, context, hibernated=True)


@app.command()
def wake(force: Force, context: Context = "") -> None:
    """Wake a force's nodes.

    Example: kubectl ndsc wake south-wales && kubectl wait --for=condition=Ready datanodes --all -n south-wales
    """
    _sleep(force, context, hibernated=False)


def _reaching(
    issuer_key: Annotated[
        Path,
        typer.Option(
            envvar="NDSC_ISSUER_KEY",
            help="Private key (PKCS#8 PEM) that signs in officers of --as' force: its manifest names the public one.",
        ),
    ],
    namespace: Annotated[
        str, typer.Option(envvar="NDSC_NAMESPACE", help="Where the platform's own parts run.")
    ] = "ndsc-system",
    context: Context = "",
) -> Reach:
    @contextmanager
    def gateway(officer: Officer) -> Iterator[GatewayClient]:
        from ndsc.cli.forwarding import forwarded
        from ndsc.cli.signing_in import Door, signed_in
        from ndsc.resources.jwk import PublicKey
        from ndsc.trust.certified import Authorities
        from ndsc.trust.keys import SigningKey

        async def read(estate: Cluster) -> tuple[list[PublicKey], bytes]:
            return await estate.officer_keys(officer.force), await estate.authorities(GATEWAY, namespace)

        issuer = SigningKey.load(issuer_key)
        believed, authorities = _ask(context, read)
        if (own := PublicKey.of(issuer.public)) not in believed:
            raise ForbiddenError(
                f"Nobody would believe a token of {issuer_key.name}: the Force of {officer.force} names other keys.",
                hint=f"Its spec.identityProvider.keys would have to hold {own.model_dump_json()}",
            )
        with forwarded(GATEWAY, namespace, HTTPS, context) as port:
            door = Door(port, f"{GATEWAY}.{namespace}.svc", Authorities(authorities))
            with signed_in(door, issuer, officer) as client:
                yield client

    return gateway


app.add_typer(
    searches(
        _reaching,
        example='Example: kubectl ndsc search person "Siân Llewellyn-Price" --born 1987-03-09 '
        '--issuer-key south-wales.pem --reason "named by a witness"',
    ),
    name="search",
)


def _sleep(force: str, context: str, *, hibernated: bool) -> None:
    names = _ask(context, lambda estate: estate.sleep(force, hibernated=hibernated))
    for name in names:
        typer.echo(f"datanode.ndsc.police.uk/{name} {'goes to sleep' if hibernated else 'wakes'}")


def _ask(context: str, question: Callable[[Cluster], Awaitable[T]]) -> T:
    from ndsc_operator.looking import cluster as opened

    async def asked() -> T:
        async with opened(context or None) as estate:
            return await question(estate)

    return asyncio.run(asked())


def _is_well(one: Seen) -> bool:
    return bool(one.well) and all(_is_well(below) for below in one.below)


def _table(forces: list[Seen], holdings: dict[str, tuple[int, int]]) -> Table:
    table = Table("", "FORCE", "NODE", "RECORDS", "INDEXED", "WHAT IS WRONG", box=None, pad_edge=False)
    for force in forces:
        table.add_row(_mark(force), force.name, "", "", "", Text(force.said))
        for node in (one for one in force.below if one.kind == "DataNode"):
            records, entries = holdings.get(node.name, (0, 0))
            table.add_row(_mark(node), "", node.name, f"{records:,}", f"{entries:,}", Text(node.said))
    return table


def _drawn(one: Seen) -> Tree:
    line = Text.assemble(_mark(one), f" {one.kind} ", (one.name, "bold"), (f"  {one.said}" if one.said else "", "dim"))
    drawn = Tree(line, guide_style="dim")
    for below in one.below:
        drawn.children.append(_drawn(below))
    return drawn


def _mark(one: Seen) -> Text:
    return {True: Text("✓", "green"), False: Text("✗", "bold red"), None: Text("…", "yellow")}[one.well]


def main() -> None:
    """``kubectl-ndsc``: kubectl finds it on the PATH as its plugin. Exit codes as of ``ndsc``."""
    try:
        app(prog_name="kubectl ndsc")
    except NdscError as error:
        print_error(error)
        sys.exit(1)
    except KeyboardInterrupt:
        err.print()
        sys.exit(130)
