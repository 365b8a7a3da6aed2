"""Where the gateway finds each force's node: the network's own word, made into clients."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping

from ndsc.hub.schemas import NetworkNode
from ndsc.node.client import AsyncNodeClient, HibernatedNode, NodeClient
from ndsc.trust.proofs import Proving
from ndsc.web.client import TlsSession

_TIMEOUT_SECONDS = 30.0
"""The longest deadline that a search can have: it is over sooner, by its own."""
_LINGER_SECONDS = 60.0


class NodeDirectory:
    """For one event loop. ``nodes`` answers the network's present nodes; one tuple is one state of it."""

    def __init__(
        self, nodes: Callable[[], tuple[NetworkNode, ...]], trust: Callable[[], ssl.SSLContext], prover: Proving
    ) -> None:
        self._told = nodes
        self._trust = trust
        self._prover = prover
        self._seen: tuple[NetworkNode, ...] = ()
        self._clients: Mapping[str, NodeClient] = {}
        self._sessions: dict[str, TlsSession] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def nodes(self) -> Mapping[str, NodeClient]:
        """A client for each force; of several nodes the first that is awake, by name."""
        told = self._told()
        if told is not self._seen:
            self._seen, self._clients = told, self._made(told)
        return self._clients

    async def close(self) -> None:
        """Close every connection."""
        for leaving in self._leaving:
            leaving.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)
        for session in self._sessions.values():
            await session.close()

    def _made(self, told: tuple[NetworkNode, ...]) -> dict[str, NodeClient]:
        chosen: dict[str, NetworkNode] = {}
        for node in told:
            if node.force not in chosen or chosen[node.force].hibernated:
                chosen[node.force] = node
        self._let_go({node.url for node in chosen.values() if not node.hibernated})
        return {force: self._client(node) for force, node in chosen.items()}

    def _client(self, node: NetworkNode) -> NodeClient:
        if node.hibernated:
            return HibernatedNode(node.force)
        if node.url not in self._sessions:
            self._sessions[node.url] = TlsSession(node.url, self._trust, timeout=_TIMEOUT_SECONDS)
        return AsyncNodeClient(self._sessions[node.url], node.force, self._prover)

    def _let_go(self, wanted: set[str]) -> None:
        """Close the sessions of nodes that are gone or sleep, once searches under way have ended."""
        for url in self._sessions.keys() - wanted:
            leaving = asyncio.create_task(_linger(self._sessions.pop(url)))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)


async def _linger(session: TlsSession) -> None:
    try:
        await asyncio.sleep(_LINGER_SECONDS)
    finally:
        await session.close()
