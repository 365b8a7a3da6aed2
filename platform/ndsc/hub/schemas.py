"""What the hub tells: the network as the resources of the cluster say it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from ndsc.model.base import ForceId
from ndsc.resources.agreement import DataSharingAgreement, DataSharingAgreementStatus
from ndsc.resources.base import Metadata, Name, Part
from ndsc.resources.datanode import Index, NodePolicy
from ndsc.resources.jwk import PublicKey

MOST_FORCES = 1_000
"""Forces, or nodes, of one network: the shipped list has fewer than a hundred."""
MOST_AGREEMENTS = 10_000

Url = Annotated[str, StringConstraints(pattern=r"^https://[a-z0-9.-]{1,253}(:[0-9]{1,5})?$", max_length=270)]
Revision = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Keys = Annotated[tuple[PublicKey, ...], Field(max_length=16)]


class NetworkNode(Part):
    """One data node: where it answers, and what its manifest says that others or itself must know."""

    force: ForceId = Field(description="Code of the force whose records it holds.")
    name: Name = Field(description="Name of its DataNode.")
    url: Url = Field(description="Where its API answers.")
    hibernated: bool = Field(default=False, description="Asleep: it is not asked, and searches say so.")
    policy: NodePolicy = Field(default_factory=NodePolicy, description="The force's own rules.")
    index: Index = Field(default_factory=Index, description="What it tells the national index.")


class NetworkState(Part):
    """The whole state that parts decide by. Make it by :meth:`of`; ``revision`` names all the rest."""

    revision: Revision = Field(description="SHA-256 of all the rest, in hexadecimal.")
    agreements: tuple[DataSharingAgreement, ...] = Field(
        default=(),
        max_length=MOST_AGREEMENTS,
        description="Every agreement with its signatures, whether or not it opens anything today.",
    )
    party_keys: Annotated[dict[ForceId, Keys], Field(max_length=MOST_FORCES)] = Field(
        default_factory=dict, description="By force, the keys that its signatures are verified by."
    )
    officer_keys: Annotated[dict[ForceId, Keys], Field(max_length=MOST_FORCES)] = Field(
        default_factory=dict, description="By force, the keys that sign its own officers' tokens."
    )
    nodes: tuple[NetworkNode, ...] = Field(default=(), max_length=MOST_FORCES, description="The data nodes, by force.")
    successors: Annotated[dict[ForceId, ForceId], Field(max_length=MOST_FORCES)] = Field(
        default_factory=dict,
        description="By the code of a force that was merged into another, the code of that other; left out if empty.",
    )

    @classmethod
    def of(
        cls,
        *,
        agreements: Iterable[DataSharingAgreement] = (),
        party_keys: Mapping[str, tuple[PublicKey, ...]] | None = None,
        officer_keys: Mapping[str, tuple[PublicKey, ...]] | None = None,
        nodes: Iterable[NetworkNode] = (),
        successors: Mapping[str, str] | None = None,
    ) -> NetworkState:
        """The state in one order, so that the same network has the same revision whoever tells of it."""
        state = cls(
            revision="0" * 64,
            agreements=tuple(sorted(map(_bare, agreements), key=lambda agreement: agreement.name)),
            party_keys=dict(sorted((party_keys or {}).items())),
            officer_keys=dict(sorted((officer_keys or {}).items())),
            nodes=tuple(sorted(nodes, key=lambda node: (node.force, node.name))),
            successors=dict(sorted((successors or {}).items())),
        )
        return state.model_copy(update={"revision": _digest(state.dump())})

    def dump(self) -> dict[str, Any]:
        """As plain JSON values. Without mergers it is what parts of a version that knows of none can read."""
        without = set() if self.successors else {"successors"}
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=without)


def _bare(agreement: DataSharingAgreement) -> DataSharingAgreement:
    """Without what the API server and its controllers note beside it: a part decides by terms, signatures and state."""
    seen = agreement.status
    status = DataSharingAgreementStatus(state=seen.state, digest=seen.digest, signatures=seen.signatures)
    return agreement.model_copy(update={"metadata": Metadata(name=agreement.name), "status": status})


def _digest(plain: dict[str, Any]) -> str:
    text = json.dumps(plain | {"revision": ""}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
