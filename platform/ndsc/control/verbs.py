"""What a command does to a store: pick, apply, compare and delete resources, as kubectl would."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ndsc.control.printing import to_yaml
from ndsc.control.store import DEFAULT_NAMESPACE, Applied, ResourceStore, namespace_of
from ndsc.errors import InvalidInputError, NdscError
from ndsc.resources.base import Manifest
from ndsc.resources.force import DeletionPolicy, Force
from ndsc.resources.kinds import KINDS, kind_named, kinds_named
from ndsc.resources.loader import load_paths

_SERVER_SET = ("uid", "resourceVersion", "creationTimestamp", "generation")


@dataclass(frozen=True, slots=True)
class Target:
    """A kind, and the name of one of it, or none for all."""

    kind: type[Manifest]
    name: str | None


def targets(arguments: Sequence[str]) -> list[Target]:
    """Read ``KIND[,KIND]``, ``KIND NAME...`` or ``KIND/NAME...``. Raises UnknownKindError or InvalidInputError."""
    if not arguments:
        kinds = ", ".join(kind.PLURAL for kind in KINDS.values())
        raise InvalidInputError("say which kind of resource", hint=f"There are: {kinds}.")
    if any("/" in argument for argument in arguments):
        return [_slashed(argument) for argument in arguments]
    found, names = kinds_named(arguments[0]), arguments[1:]
    if not names:
        return [Target(kind, None) for kind in found]
    return [Target(kind, name) for kind in found for name in names]


def _slashed(argument: str) -> Target:
    kind, slash, name = argument.partition("/")
    if not (slash and kind and name) or "/" in name:
        raise InvalidInputError(
            f"{argument[:80]!r} is not KIND/NAME", hint="Write either KIND NAME NAME, or KIND/NAME KIND/NAME."
        )
    return Target(kind_named(kind), name)


def pick(
    store: ResourceStore, wanted: Iterable[Target], *, namespace: str | None = DEFAULT_NAMESPACE, selector: str = ""
) -> Iterator[Manifest | NdscError]:
    """What is there of what is wanted, and an error for each name that is not; ``namespace=None`` is every one."""
    for target in wanted:
        if target.name is None:
            yield from store.list(target.kind, namespace=namespace, selector=selector)
            continue
        try:
            yield store.get(target.kind, target.name, namespace=namespace)
        except NdscError as error:
            yield error


def load(
    store: ResourceStore, paths: Sequence[str], *, recursive: bool = False, namespace: str | None = None
) -> list[Manifest]:
    """The manifests of files, each in its namespace. Raises ManifestError, InvalidInputError or NotFoundError."""
    known = {force.spec.code for force in store.list(Force)}
    return [_placed(manifest, namespace) for manifest in load_paths(paths, recursive=recursive, known=known)]


def _placed(manifest: Manifest, namespace: str | None) -> Manifest:
    if not type(manifest).NAMESPACED:
        return manifest
    stated = manifest.metadata.namespace
    if namespace and stated and stated != namespace:
        raise InvalidInputError(
            f"{manifest.ref} names the namespace {stated}, and --namespace is {namespace}",
            hint="Leave one of the two out.",
        )
    metadata = manifest.metadata.model_copy(update={"namespace": stated or namespace or DEFAULT_NAMESPACE})
    return manifest.model_copy(update={"metadata": metadata})


def apply_all(
    store: ResourceStore, manifests: Iterable[Manifest], *, dry_run: bool = False
) -> Iterator[Applied | NdscError]:
    """Apply one after the other; what is refused does not keep the others from being applied."""
    for manifest in manifests:
        try:
            yield store.apply(manifest, dry_run=dry_run)
        except NdscError as error:
            yield error


def unkept(store: ResourceStore) -> frozenset[str]:
    """The forces whose data is not to outlive their data nodes."""
    return frozenset(one.spec.code for one in store.list(Force) if one.spec.deletion_policy is DeletionPolicy.DELETE)


def delete_all(
    store: ResourceStore, manifests: Sequence[Manifest], *, dry_run: bool = False
) -> Iterator[Manifest | NdscError]:
    """Delete what holds others first: agreements, then nodes, then forces."""
    order = list(KINDS)
    for manifest in sorted(manifests, key=lambda manifest: -order.index(manifest.kind)):
        try:
            yield store.delete(type(manifest), manifest.name, namespace=manifest.metadata.namespace, dry_run=dry_run)
        except NdscError as error:
            yield error


def difference(store: ResourceStore, manifest: Manifest) -> str:
    """What an apply would change, as a unified diff; empty when nothing. Raises what the apply would raise."""
    applied = store.apply(manifest, dry_run=True)
    name = f"{manifest.ref}/{namespace_of(type(manifest), manifest.metadata.namespace)}".rstrip("/")
    before = _comparable(applied.before) if applied.before else []
    lines = difflib.unified_diff(before, _comparable(applied.manifest), f"live/{name}", f"merged/{name}")
    return "".join(lines)


def _comparable(manifest: Manifest) -> list[str]:
    plain = manifest.dump()
    plain.pop("status")
    for name in _SERVER_SET:
        plain["metadata"].pop(name, None)
    return to_yaml(plain).splitlines(keepends=True)
