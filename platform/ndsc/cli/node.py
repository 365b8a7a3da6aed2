"""``ndsc node``: a force's own work on its node in a cluster, by the certificate of its loader."""
# What the node speaks is loaded inside the command, so that `ndsc --help` stays quick.
# ruff: noqa: PLC0415

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ndsc.cli.load import exit_if_broken, facts_table, load_table, print_model
from ndsc.cli.output import OutputFormat, PlainOutput, progress
from ndsc.errors import InvalidInputError, UnavailableError

if TYPE_CHECKING:
    from ndsc.node.holdings import Holdings
    from ndsc.node.loads_client import LoadingClient

app = typer.Typer(no_args_is_help=True, help="A force's own node in a cluster: exports in, counts out.")

_NODE = re.compile(r"https://[a-z0-9.-]{1,253}(:[0-9]{1,5})?", re.ASCII)
_PLACE = re.compile(r"[A-Za-z0-9.-]{1,253}:[0-9]{1,5}", re.ASCII)
_CALL_SECONDS = 30.0
_LOOK_SECONDS = 1.0
Node = Annotated[
    str, typer.Option("--node", help="URL of the node by its name in the cluster: https://kent.kent.svc, say.")
]
TlsDir = Annotated[
    Path,
    typer.Option(
        "--tls-dir",
        envvar="NDSC_TLS_DIR",
        help="Folder with tls.crt, tls.key and ca.crt of the force's loader: the Secret NODE-loader-tls.",
    ),
]
Through = Annotated[
    str,
    typer.Option(
        "--through", help="HOST:PORT that leads there, as of kubectl port-forward; the node's name is checked."
    ),
]


@app.callback()
def node() -> None:
    """A force's own node in a cluster: exports in, counts out."""


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="The export: CSV, JSON, JSON lines or XML, as the connector says.")],
    connector: Annotated[str, typer.Option("--connector", "-c", help="One that its DataNode names, or a shipped one.")],
    node: Node,
    tls_dir: TlsDir,
    *,
    through: Through = "",
    wait: Annotated[int, typer.Option(min=0, max=3600, help="Seconds to wait until the index has followed.")] = 0,
    timeout: Annotated[int, typer.Option(min=1, max=86_400, help="Seconds that the node may take to load.")] = 3600,
    output: PlainOutput = OutputFormat.TABLE,
) -> None:
    """Have a node take an export in. The same export again changes nothing; one that was cut off goes on.

    Exit code 1 when the file breaks off in the middle: what stands before is taken in, and what follows is not.

    Example: ndsc node load street.csv -c police-uk-street --node https://kent.kent.svc --tls-dir /etc/ndsc/tls
    """
    if not file.is_file():
        raise InvalidInputError(f"There is no file {file}.")
    with _loader(node, tls_dir, through) as client:
        with progress(f"Sending {file.name}", total=file.stat().st_size) as (bar, task):
            report = client.load(file, connector, lambda sent: bar.advance(task, sent), seconds=timeout)
        if wait:
            _wait_for_index(client, wait)
    print_model(report, output, load_table)
    exit_if_broken(report)


@app.command()
def holdings(node: Node, tls_dir: TlsDir, through: Through = "", output: PlainOutput = OutputFormat.TABLE) -> None:
    """What a node holds, and how far its index follows, in numbers."""
    with _loader(node, tls_dir, through) as client:
        found = client.holdings()
    print_model(found, output, facts_table)


def _wait_for_index(client: LoadingClient, seconds: int) -> None:
    """Raises :class:`UnavailableError` when it has not followed by then; the records are taken in all the same."""
    until = time.monotonic() + seconds
    with progress("Indexing") as _:
        while _is_behind(client.holdings()):
            if time.monotonic() > until:
                raise UnavailableError(
                    f"The rows are taken in; the index has not followed within {seconds} seconds.",
                    hint="It goes on by itself: ask `ndsc node holdings` later.",
                )
            time.sleep(_LOOK_SECONDS)


def _is_behind(held: Holdings) -> bool:
    return bool(held.records_waiting or held.registry_waiting)


@contextmanager
def _loader(node: str, tls_dir: Path, through: str) -> Iterator[LoadingClient]:
    """The node, for the loader whose certificate is in that folder."""
    import httpx

    from ndsc.cluster.identity import Credentials
    from ndsc.node.client import part_of
    from ndsc.node.loads_client import LoadingClient
    from ndsc.trust.certified import certified_tokens
    from ndsc.web.client import ElsewhereTransport

    if not _NODE.fullmatch(node):
        raise InvalidInputError(f"{node[:80]!r} is no node's URL.", hint="Write https://NAME.FORCE.svc.")
    if through and not _PLACE.fullmatch(through):
        raise InvalidInputError(f"{through[:80]!r} is no place.", hint="Write HOST:PORT, such as localhost:8443.")
    held = Credentials.read(tls_dir)
    service, force = held.leaf.speaker
    if force is None:
        raise InvalidInputError(
            f"The certificate in {tls_dir} is the platform's own {service}, and no force's loader.",
            hint="Take the Secret NODE-loader-tls of the force's namespace.",
        )
    with httpx.Client(
        transport=ElsewhereTransport(held.client, through) if through else None,
        base_url=node,
        verify=held.client,
        timeout=_CALL_SECONDS,
        trust_env=False,
    ) as client:
        yield LoadingClient(client, force, certified_tokens(lambda: held.leaf, part_of(force)))
