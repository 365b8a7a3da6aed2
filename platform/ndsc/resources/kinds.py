"""The kinds of resource, and every name that kubectl would know each by."""

from __future__ import annotations

import difflib
from types import MappingProxyType

from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.base import GROUP, Manifest
from ndsc.resources.datanode import DataNode
from ndsc.resources.errors import UnknownKindError
from ndsc.resources.force import Force

KINDS: MappingProxyType[str, type[Manifest]] = MappingProxyType(
    {"Force": Force, "DataNode": DataNode, "DataSharingAgreement": DataSharingAgreement}
)
"""By the name that manifests give, in the order in which they are applied: what others name comes first."""

CATEGORY = "ndsc"
"""Names all kinds together, as in ``get ndsc``."""


def kind_named(text: str) -> type[Manifest]:
    """The kind of that name, plural or short name, the group perhaps behind it (``forces.ndsc.police.uk``).

    Raises :class:`UnknownKindError`.
    """
    wanted = text.strip().lower().removesuffix(f".v1alpha1.{GROUP}").removesuffix(f".{GROUP}")
    names = {name: kind for kind in KINDS.values() for name in names_of(kind)}
    if wanted not in names:
        near = difflib.get_close_matches(wanted, names, n=1)
        known = ", ".join(kind.PLURAL for kind in KINDS.values())
        raise UnknownKindError(
            f"the server does not have a resource type {text[:60]!r}",
            hint=f"Did you mean {near[0]}?" if near else f"There are: {known}.",
        )
    return names[wanted]


def names_of(kind: type[Manifest]) -> tuple[str, ...]:
    """Singular, plural and short names of a kind."""
    return (kind.__name__.lower(), kind.PLURAL, *kind.SHORT_NAMES)


def kinds_named(text: str) -> list[type[Manifest]]:
    """The kinds that a comma-separated list names; ``all`` and ``ndsc`` name every one. Raises UnknownKindError."""
    if text.strip().lower() in {"all", CATEGORY}:
        return list(KINDS.values())
    return list(dict.fromkeys(kind_named(part) for part in text.split(",")))
