"""``python -m ndsc_cluster COMMAND``: what the Makefile's cluster targets and CI call."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ndsc_cluster.builds import BuildError
from ndsc_cluster.cluster import Cluster, ClusterError
from ndsc_cluster.commands import CommandError, inside, missing_packages
from ndsc_cluster.preflight import obstacles
from ndsc_cluster.settings import Settings
from ndsc_cluster.simulated import Simulated

_console = Console(stderr=True, highlight=False)
app = typer.Typer(
    help="A real Kubernetes of one node on this machine, without Docker. Needs root, and Go to build it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
IMPOSSIBLE = 3
"""Exit code of ``check`` where no package would make a cluster run on this machine."""
_ON_THE_PATH = (("kubernetes", "kubectl"), ("helm", "helm"), ("cyclonus", "cyclonus"))
Name = Annotated[str, typer.Option(help="Name of the cluster and of its network namespace.")]


def _cluster(name: str, kind: type[Cluster] = Cluster) -> Cluster:
    if os.geteuid() != 0:
        raise ClusterError("a cluster needs root: it makes a network namespace and runs containers")
    return kind(Settings(name=name), lambda text: _console.print(f"[dim]{text}[/]"))


@app.command()
def check(name: Name = "ndsc") -> None:
    """Say whether a cluster can run on this machine. Exit code 3: it cannot; each line on standard output says why."""
    found = list(obstacles(Settings(name=name)))
    for obstacle in found:
        typer.echo(obstacle)
    if found:
        raise typer.Exit(IMPOSSIBLE)


@app.command()
def packages() -> None:
    """List the Debian packages that are missing here, for apt-get to install."""
    for package in missing_packages():
        typer.echo(package)


@app.command()
def up(
    name: Name = "ndsc",
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Only a control plane is real; pods and databases seem to be.")
    ] = False,
) -> None:
    """Bring the cluster up, or repair it. The first time builds it, for some minutes."""
    cluster = _cluster(name, Simulated if simulated else Cluster)
    cluster.up()
    _console.print(f"[bold green]{name} is ready.[/] Try: make cluster-shell")


@app.command()
def build(name: Name = "ndsc") -> None:
    """Build all that a cluster is made of into the cache, without starting one."""
    _cluster(name).build_all()


@app.command()
def images(name: Name = "ndsc") -> None:
    """Build the project's own images, and give them to the cluster where it is up."""
    cluster = _cluster(name)
    cluster.images()


@app.command()
def down(name: Name = "ndsc") -> None:
    """Take the cluster down and leave nothing behind but the cache."""
    _cluster(name).down()


@app.command()
def status(name: Name = "ndsc") -> None:
    """Which of its processes run."""
    for component, state in _cluster(name).status():
        _console.print(f"{component:26} {state}")


@app.command()
def shell(name: Name = "ndsc") -> None:
    """A prompt inside the cluster's network, where kubectl and helm work."""
    _enter(name, [os.environ.get("SHELL", "/bin/bash")])


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(context: typer.Context, name: Name = "ndsc") -> None:
    """Run one command inside the cluster's network, such as: run -- kubectl get nodes."""
    _enter(name, context.args)


def _enter(name: str, command: list[str]) -> None:
    cluster = _cluster(name)
    tools = [cluster.builds.tool(family, tool).parent for family, tool in _ON_THE_PATH]
    path = ":".join([*map(str, tools), str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = os.environ | {"PATH": path, "KUBECONFIG": str(cluster.settings.kubeconfig)}
    words = inside(name, *command)
    os.execvpe(shutil.which(words[0]) or words[0], list(words), environment)  # noqa: S606  # becomes the command: no shell


def main() -> None:
    """Exit code 1 and one clear message where it cannot be done."""
    try:
        app()
    except (BuildError, ClusterError, CommandError) as error:
        _console.print(f"[bold red]error:[/] {error}", markup=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
