"""`ndsc apply`, `get`, `describe`, `delete`, `diff`, `explain`: kubectl's verbs on the embedded network's resources."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ndsc.cli.output import Output, OutputFormat, err, print_error, print_json, print_yaml, printable, words
from ndsc.errors import InvalidInputError, NdscError

if TYPE_CHECKING:
    from ndsc.control.store import Applied, ResourceStore
    from ndsc.embedded.network import Network
    from ndsc.resources.base import Manifest

app = typer.Typer()
T = TypeVar("T")

Files = Annotated[
    list[str], typer.Option("--filename", "-f", help="File or folder with manifests; - for standard input.")
]
Recursive = Annotated[bool, typer.Option("--recursive", "-R", help="Folders below too.")]
Namespace = Annotated[str, typer.Option("--namespace", "-n", help="Namespace of what is namespaced.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")]
Selector = Annotated[str, typer.Option("--selector", "-l", help="Labels to select by, such as region=wales.")]
What = Annotated[list[str], typer.Argument(help="KIND [NAME...] or KIND/NAME...", show_default=False)]
MaybeWhat = Annotated[list[str] | None, typer.Argument(help="KIND [NAME...] or KIND/NAME...", show_default=False)]


@app.command()
def apply(
    filename: Files,
    recursive: Recursive = False,
    namespace: Namespace = "",
    dry_run: DryRun = False,
    output: Output = OutputFormat.TABLE,
) -> None:
    """Make resources, or change them, as files say. Applying the same files again changes nothing."""
    from ndsc.control import verbs  # noqa: PLC0415  # `ndsc --help` need not load the database's client
    from ndsc.control.store import Outcome  # noqa: PLC0415

    with _network() as net:
        store = net.resources
        manifests = verbs.load(store, filename, recursive=recursive, namespace=namespace or None)
        if not manifests:
            raise InvalidInputError("no objects passed to apply", hint=f"{words(filename)} holds no manifest.")
        done, failed = _split(
            verbs.apply_all(store, manifests, dry_run=dry_run), lambda one: _say(one, dry_run, output)
        )
        if any(one.outcome is not Outcome.UNCHANGED for one in done) and not dry_run:
            net.reconcile()
            net.follow()
        _write([_now(store, one, dry_run) for one in done], output, listed=len(manifests) > 1)
    _end(failed)


@app.command()
def get(
    what: What,
    namespace: Namespace = "",
    all_namespaces: Annotated[bool, typer.Option("--all-namespaces", "-A", help="In every namespace.")] = False,
    selector: Selector = "",
    output: Output = OutputFormat.TABLE,
) -> None:
    """Print resources: one line each, or whole with -o json or -o yaml."""
    from ndsc.control import verbs  # noqa: PLC0415

    wanted = verbs.targets(what)
    where = _where(namespace, all_namespaces=all_namespaces)
    with _network() as net:
        found, failed = _split(verbs.pick(net.resources, wanted, namespace=where, selector=selector))
    listed = any(target.name is None for target in wanted) or len(wanted) > 1
    if output is OutputFormat.TABLE and not found and not failed:
        err.print(_nothing([target.kind for target in wanted], where))
    elif found or listed:
        _write(found, output, listed=listed, tables=True, with_namespace=all_namespaces)
    _end(failed)


@app.command()
def describe(what: What, namespace: Namespace = "", selector: Selector = "") -> None:
    """Tell all that is known of resources: fields, conditions and what happened to them."""
    from ndsc.control import verbs  # noqa: PLC0415
    from ndsc.control.describing import describe as described  # noqa: PLC0415
    from ndsc.control.events import events_about  # noqa: PLC0415

    wanted = verbs.targets(what)
    where = _where(namespace)
    with _network() as net:
        found, failed = _split(verbs.pick(net.resources, wanted, namespace=where, selector=selector))
        texts = [described(one, events_about(net.resources, one)) for one in found]
    if not texts and not failed:
        err.print(_nothing([target.kind for target in wanted], where))
    sys.stdout.write(printable("\n\n".join(texts)))
    _end(failed)


@app.command()
def delete(
    what: MaybeWhat = None,
    filename: Annotated[
        list[str] | None, typer.Option("--filename", "-f", help="Files or folders that say what to delete.")
    ] = None,
    recursive: Recursive = False,
    namespace: Namespace = "",
    selector: Selector = "",
    everything: Annotated[bool, typer.Option("--all", help="All of the kind.")] = False,
    ignore_not_found: Annotated[bool, typer.Option("--ignore-not-found", help="Not there is fine.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Delete resources. A force with agreements in force is not deleted, and says what holds it.

    With a data node goes its database where the force's deletionPolicy is Delete: its audit log is kept in a file.
    """
    from ndsc.control import verbs  # noqa: PLC0415
    from ndsc.control.errors import ResourceNotFoundError  # noqa: PLC0415
    from ndsc.resources.datanode import DataNode  # noqa: PLC0415

    if bool(what) == bool(filename):
        raise InvalidInputError("say what to delete", hint="Give KIND NAME, or -f FILE, and not both.")
    wanted = verbs.targets(what) if what else []
    if any(target.name is None for target in wanted) and not (selector or everything):
        raise InvalidInputError("name what to delete", hint="Give a NAME, a selector with -l, or --all.")
    where, kept = _where(namespace), []
    with _network() as net:
        store = net.resources
        given = verbs.load(store, filename, recursive=recursive, namespace=namespace or None) if filename else []
        found, missing = _split(verbs.pick(store, wanted, namespace=where, selector=selector))
        unkept = verbs.unkept(store)
        gone, refused = _split(
            verbs.delete_all(store, [*given, *found], dry_run=dry_run), lambda one: _deleted(one, dry_run)
        )
        if gone and not dry_run:
            leaving = {one.spec.force for one in gone if isinstance(one, DataNode) and one.spec.force in unkept}
            for force in leaving:
                net.let_go(force)
            net.reconcile()
            net.follow()
            kept = [force for force in sorted(leaving) if not _let_go(net, force)]
    failed = [one for one in (*missing, *refused) if not (ignore_not_found and isinstance(one, ResourceNotFoundError))]
    _end(failed)
    if kept:
        raise typer.Exit(1)


@app.command()
def diff(filename: Files, recursive: Recursive = False, namespace: Namespace = "") -> None:
    """Print what an apply would change. Exit code 0: nothing; 1: something; 2: it would be refused."""
    from ndsc.control import verbs  # noqa: PLC0415

    try:
        with _network() as net:
            manifests = verbs.load(net.resources, filename, recursive=recursive, namespace=namespace or None)
            texts = [verbs.difference(net.resources, manifest) for manifest in manifests]
    except NdscError as error:
        print_error(error)
        raise typer.Exit(2) from error
    sys.stdout.write(printable("".join(texts)))
    if any(texts):
        raise typer.Exit(1)


@app.command()
def explain(
    field: Annotated[str, typer.Argument(help="KIND or KIND.FIELD.FIELD", show_default=False)],
    recursive: Annotated[bool, typer.Option("--recursive", help="All fields below, without their text.")] = False,
) -> None:
    """Say what a kind or a field is, what it may hold and what it is if left out."""
    from ndsc.resources.explain import explain as explained  # noqa: PLC0415

    sys.stdout.write(explained(field, recursive=recursive))


@contextmanager
def _network() -> Iterator[Network]:
    from ndsc.cli.context import network  # noqa: PLC0415

    with network() as opened:
        yield opened


def _where(namespace: str, *, all_namespaces: bool = False) -> str | None:
    from ndsc.control.store import DEFAULT_NAMESPACE  # noqa: PLC0415

    return None if all_namespaces else namespace or DEFAULT_NAMESPACE


def _split(
    results: Iterable[T | NdscError], say: Callable[[T], None] = lambda _: None
) -> tuple[list[T], list[NdscError]]:
    """What was done and what was refused, each told as it happens."""
    done: list[T] = []
    failed: list[NdscError] = []
    for result in results:
        if isinstance(result, NdscError):
            print_error(result)
            failed.append(result)
        else:
            say(result)
            done.append(result)
    return done, failed


def _say(applied: Applied, dry_run: bool, output: OutputFormat) -> None:
    if output in {OutputFormat.TABLE, OutputFormat.WIDE}:
        sys.stdout.write(f"{applied}{' (dry run)' if dry_run else ''}\n")


def _deleted(manifest: Manifest, dry_run: bool) -> None:
    kind = manifest.ref.partition("/")[0]
    sys.stdout.write(f'{kind} "{manifest.name}" deleted{" (dry run)" if dry_run else ""}\n')


def _let_go(net: Network, force: str) -> bool:
    """Whether the database of a force is gone, having told what became of it; one that a data node still uses stays."""
    from ndsc.resources.datanode import DataNode  # noqa: PLC0415

    if force in net.archives:
        file = printable(str(net.archives[force]))
        sys.stdout.write(f'database of force "{force}" deleted; its audit log is in {file}\n')
        return True
    if net.holds(force) and all(node.spec.force != force for node in net.resources.list(DataNode)):
        err.print(
            f"The database of {force} stays: the log above says why. Apply its data node again, and delete it again.",
            markup=False,
        )
        return False
    return True


def _now(store: ResourceStore, applied: Applied, dry_run: bool) -> Manifest:
    """The resource after the network has settled; in a dry run, as it would be."""
    made = applied.manifest
    return made if dry_run else store.find(type(made), made.name, namespace=made.metadata.namespace) or made


def _write(
    manifests: Sequence[Manifest],
    output: OutputFormat,
    *,
    listed: bool,
    tables: bool = False,
    with_namespace: bool = False,
) -> None:
    from ndsc.control import printing  # noqa: PLC0415

    if output is OutputFormat.JSON:
        print_json(printing.as_plain(manifests, listed=listed), indent=4)  # as kubectl does
    elif output is OutputFormat.YAML:
        print_yaml(printing.as_plain(manifests, listed=listed), width=10_000)
    elif output is OutputFormat.NAME:
        sys.stdout.write(printing.as_names(manifests))
    elif tables and manifests:
        text = printing.as_table(manifests, wide=output is OutputFormat.WIDE, with_namespace=with_namespace)
        sys.stdout.write(printable(text))


def _nothing(kinds: Sequence[type[Manifest]], namespace: str | None) -> str:
    if namespace and all(kind.NAMESPACED for kind in kinds):
        return f"No resources found in {namespace} namespace."
    return "No resources found"


def _end(failed: Sequence[NdscError]) -> None:
    if failed:
        raise typer.Exit(1)
