"""All resources of the cluster as they were last seen, and the state of the network that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import structlog

from ndsc.hub.reading import is_going, name_of, read
from ndsc.hub.schemas import MOST_AGREEMENTS, MOST_FORCES, NetworkNode, NetworkState
from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.base import Manifest
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force
from ndsc.resources.jwk import PublicKey
from ndsc.resources.succession import successors
from ndsc.trust.errors import BadKeyError

M = TypeVar("M", bound=Manifest)

WATCHED: tuple[type[Manifest], ...] = (Force, DataNode, DataSharingAgreement)
DEFAULT_NAMESPACE = "default"
"""Where kubectl puts a manifest that names no namespace."""

_log = structlog.get_logger("ndsc.hub")


class Estate:
    """Not safe to share between threads: what :meth:`known` answers is."""

    def __init__(self) -> None:
        self._listed: set[type[Manifest]] = set()
        self._resources: dict[type[Manifest], dict[str, Manifest]] = {kind: {} for kind in WATCHED}

    @property
    def complete(self) -> bool:
        """Whether every kind was listed once. Before that, what is missing cannot be told from what is not there."""
        return self._listed == set(WATCHED)

    def replace(self, kind: type[Manifest], objects: Iterable[Mapping[str, Any]]) -> None:
        """There are these of a kind, and no others."""
        self._resources[kind] = {}
        for raw in objects:
            self.put(kind, raw)
        self._listed.add(kind)

    def put(self, kind: type[Manifest], raw: Mapping[str, Any]) -> None:
        """There is this one now, as it says; one that is not valid is as good as gone."""
        found = None if kind is DataSharingAgreement and is_going(raw) else read(kind, raw)
        if found is None:
            self.remove(kind, raw)
        else:
            self._resources[kind][name_of(raw)] = found

    def remove(self, kind: type[Manifest], raw: Mapping[str, Any]) -> None:
        """It is gone."""
        self._resources[kind].pop(name_of(raw), None)

    def known(self) -> tuple[Manifest, ...]:
        """What there is now."""
        return tuple(manifest for kind in WATCHED for manifest in self._resources[kind].values())


def network_of(resources: Sequence[Manifest]) -> NetworkState:
    """The state that follows. Beyond its bounds, what comes later by name is left out, and logged."""
    forces = _bounded([one for one in resources if isinstance(one, Force)], MOST_FORCES)
    keys = {force.spec.code: force.status.public_key for force in forces}
    return NetworkState.of(
        agreements=_bounded([one for one in resources if isinstance(one, DataSharingAgreement)], MOST_AGREEMENTS),
        party_keys=_usable({code: (key,) for code, key in keys.items() if key is not None}),
        officer_keys=_usable({force.spec.code: force.spec.officer_keys for force in forces}),
        successors=successors(forces),
        nodes=_nodes(_bounded([one for one in resources if isinstance(one, DataNode)], MOST_FORCES)),
    )


def _bounded(found: list[M], most: int) -> list[M]:
    if len(found) > most:
        _log.error("resources-left-out", kind=type(found[0]).__name__, size=most, count=len(found) - most)
    return sorted(found, key=lambda one: (one.name, one.metadata.namespace or ""))[:most]


def _usable(keys: Mapping[str, Sequence[PublicKey]]) -> dict[str, tuple[PublicKey, ...]]:
    """Without the keys that any signature would fit, and the forces that have no other."""
    usable = {force: tuple(key for key in named if _is_usable(key)) for force, named in keys.items()}
    return {force: named for force, named in usable.items() if named}


def _is_usable(key: PublicKey) -> bool:
    try:
        key.verify_key()
    except BadKeyError:
        return False
    return True


def _nodes(manifests: Iterable[DataNode]) -> Iterator[NetworkNode]:
    """One of each name of a force. In a force's namespace its own people write: a node there is its own or none."""
    found: dict[tuple[str, str], NetworkNode] = {}
    for node in manifests:
        force, namespace = node.spec.force, node.metadata.namespace or DEFAULT_NAMESPACE
        if namespace not in (force, DEFAULT_NAMESPACE):
            _log.warning("resource-left-out", kind="DataNode", resource=f"{namespace}/{node.name}", where="spec.force")
        elif namespace == force or (force, node.name) not in found:
            found[force, node.name] = _node(node)
    return iter(found.values())


def _node(node: DataNode) -> NetworkNode:
    return NetworkNode(
        force=node.spec.force,
        name=node.name,
        url=f"https://{node.name}.{node.spec.force}.svc",
        hibernated=node.spec.hibernated,
        policy=node.spec.policy,
        index=node.spec.index,
    )
