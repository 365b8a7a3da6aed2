"""How the network stands for one part: whom it believes, by which agreements it decides, where the nodes are.

Every signature under an agreement is verified here, by the parties' own keys: the hub is believed for what the
resources say, and no resource opens anything by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

import structlog

from ndsc.errors import UnavailableError
from ndsc.hub.schemas import Keys, NetworkNode, NetworkState
from ndsc.policy.agreements import AgreementTerms
from ndsc.policy.embedded import RegopyDecider
from ndsc.policy.force_rules import ForceRules
from ndsc.policy.from_resources import force_rules, terms_in_force
from ndsc.resources.datanode import Index
from ndsc.resources.officers import officer_keys
from ndsc.resources.signing import PartyKeys
from ndsc.trust.errors import BadKeyError
from ndsc.trust.keys import VerifyKey
from ndsc.trust.tokens import KeyBinding

_log = structlog.get_logger("ndsc.cluster")


@dataclass(frozen=True)
class _Taken:
    """What one state comes to; replaced as a whole."""

    officers: Mapping[str, KeyBinding] = field(default_factory=dict)
    nodes: tuple[NetworkNode, ...] = ()
    terms: tuple[AgreementTerms, ...] = ()
    rules: Mapping[str, ForceRules] = field(default_factory=dict)
    successors: Mapping[str, str] = field(default_factory=dict)


class Standing:
    """Safe to share between threads. Before the first state nobody is believed and nothing is open."""

    def __init__(self, decider: RegopyDecider) -> None:
        self._decider = decider
        self._taken = _Taken()

    def take(self, state: NetworkState, today: date) -> None:
        """Decide by this state from now on. Raises ``PolicyEngineError`` where rules and agreements do not compile."""
        taken = _Taken(
            officers=officer_keys(state.officer_keys),
            nodes=state.nodes,
            terms=tuple(terms_in_force(state.agreements, today, _party_keys(state.party_keys), state.successors)),
            rules={node.force: force_rules(node.policy) for node in state.nodes},
            successors=state.successors,
        )
        before = self._taken
        if (taken.terms, taken.rules, taken.successors) != (before.terms, before.rules, before.successors):
            self._decider.update(taken.terms, taken.rules, taken.successors)
            self._decider.compile()
        self._taken = taken
        _log.info("network-taken", revision=state.revision, count=len(taken.terms))

    @property
    def officers(self) -> Mapping[str, KeyBinding]:
        """The keys that sign officers' tokens, each bound to the forces that name it."""
        return self._taken.officers

    @property
    def nodes(self) -> tuple[NetworkNode, ...]:
        """The nodes of the network, those that sleep too."""
        return self._taken.nodes

    def predecessors_of(self, force: str) -> tuple[str, ...]:
        """The forces that were merged into it."""
        return tuple(old for old, now in self._taken.successors.items() if now == force)

    def index_of(self, force: str) -> Index:
        """What the force's node tells the national index.

        Raises :class:`UnavailableError` where no node of it is known: nothing is listed by a guess.
        """
        for node in self._taken.nodes:
            if node.force == force:
                return node.index
        raise UnavailableError(f"The hub tells of no node of {force}.", hint="Look at its DataNode.")


def _party_keys(told: Mapping[str, Keys]) -> PartyKeys:
    return {force: tuple(_verify_keys(keys)) for force, keys in told.items()}


def _verify_keys(keys: Keys) -> Iterator[VerifyKey]:
    """Those that bind anybody: under a key that any signature fits, nobody has signed."""
    for key in keys:
        with suppress(BadKeyError):
            yield key.verify_key()
