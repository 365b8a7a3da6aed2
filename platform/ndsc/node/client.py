"""Asks a node: one bounded call each, the officer's own token with it, problems raised again as errors.

The token goes with a proof by the gateway's key, made for this node: it cannot show the token to anybody else.
"""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import quote, urlencode

from ndsc.errors import UnavailableError
from ndsc.node.schemas import FoundRecord, Grounds, NodeAnswer, NodeSearch, RecordDecision
from ndsc.trust.proofs import Proving, target
from ndsc.web.client import Session, acall
from ndsc.web.room import Place


def part_of(force: str) -> str:
    """What a proof for a force's node calls it."""
    return f"node:{force}"


class NodeHibernatedError(UnavailableError):
    """The force has put its node to sleep: it keeps everything, and answers nothing until it is woken."""

    code = "node-hibernated"
    title = "The node sleeps"


class NodeClient(Protocol):
    """One force's node, as the gateway asks it."""

    async def search(self, request: NodeSearch, token: str, place: Place | None = None) -> NodeAnswer:
        """Search, with the officer's ``token``; the answer fits into ``place``."""

    async def show(self, record: str, grounds: Grounds, token: str) -> FoundRecord:
        """One record."""

    async def why(self, record: str, grounds: Grounds, token: str) -> RecordDecision:
        """The decision about one record."""


class HibernatedNode:
    """A node that its force has put to sleep. Nobody listens there: it is not asked, and that is said at once."""

    def __init__(self, force: str) -> None:
        self._force = force

    async def search(self, request: NodeSearch, token: str, place: Place | None = None) -> NodeAnswer:
        """Raises :class:`NodeHibernatedError`."""
        raise self._sleeps()

    async def show(self, record: str, grounds: Grounds, token: str) -> FoundRecord:
        """Raises :class:`NodeHibernatedError`."""
        raise self._sleeps()

    async def why(self, record: str, grounds: Grounds, token: str) -> RecordDecision:
        """Raises :class:`NodeHibernatedError`."""
        raise self._sleeps()

    def _sleeps(self) -> NodeHibernatedError:
        return NodeHibernatedError(f"The node of {self._force} is hibernated.", hint="Ask the force to wake it.")


class AsyncNodeClient:
    """One force's node over a session, whose time-out bounds every call."""

    def __init__(self, client: Session, force: str, prover: Proving) -> None:
        self._client = client
        self._name = f"node of {force}"
        self._part = part_of(force)
        self._prover = prover

    async def search(self, request: NodeSearch, token: str, place: Place | None = None) -> NodeAnswer:
        """Search, with the officer's ``token``; the answer fits into ``place``."""
        body = request.model_dump(mode="json", exclude_none=True)
        return NodeAnswer.model_validate(await self._call("POST", "/v1/search", token, body, place))

    async def show(self, record: str, grounds: Grounds, token: str) -> FoundRecord:
        """One record. Raises ``RemoteProblemError`` with code ``not-found`` when it is not there or not to be told."""
        return FoundRecord.model_validate(await self._call("GET", _record_path(record, "", grounds), token))

    async def why(self, record: str, grounds: Grounds, token: str) -> RecordDecision:
        """The decision about one record. Raises as :meth:`show` does."""
        return RecordDecision.model_validate(await self._call("GET", _record_path(record, "/decision", grounds), token))

    async def _call(self, method: str, path: str, token: str, body: Any = None, place: Place | None = None) -> Any:
        proof = self._prover.proof(token, method, target(self._part, path))
        return await acall(self._name, self._client, method, path, token=token, proof=proof, json=body, place=place)


def _record_path(record: str, part: str, grounds: Grounds) -> str:
    stated = {name: value for name, value in grounds.model_dump().items() if value}
    return f"/v1/records/{quote(record, safe='')}{part}?{urlencode(stated)}"
