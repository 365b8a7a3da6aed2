"""Asks the gateway, for one signed-in officer."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import httpx

from ndsc.gateway.schemas import SearchAnswer, SearchRequest
from ndsc.node.schemas import FoundRecord, Grounds, RecordDecision, stated_grounds
from ndsc.trust.proofs import target
from ndsc.trust.sessions import Session
from ndsc.web.client import RemoteProblemError, call

PART = "gateway"
"""What a proof for the gateway calls it."""


class GatewayClient:
    """The gateway over an ``httpx.Client``, whose time-out bounds every call. Raises ``RemoteProblemError``.

    Each request goes with a token of the officer's ``session`` for the grounds that it states.
    """

    def __init__(self, client: httpx.Client, session: Session) -> None:
        self._client = client
        self._session = session

    def search(self, request: SearchRequest) -> SearchAnswer:
        """Search the network."""
        body = request.model_dump(mode="json", exclude_none=True, exclude_unset=True)
        body["query"]["kind"] = request.query.kind.value  # a default, and yet what tells one query from another
        return SearchAnswer.model_validate(self._call("POST", "/v1/search", request, body))

    def show(self, record: str, grounds: Mapping[str, str]) -> FoundRecord:
        """One record, as far as policy lets the officer see it."""
        return FoundRecord.model_validate(self._get(record, "", grounds))

    def why(self, record: str, grounds: Mapping[str, str]) -> RecordDecision:
        """The decision about one record."""
        return RecordDecision.model_validate(self._get(record, "/decision", grounds))

    def _get(self, record: str, part: str, grounds: Mapping[str, str]) -> object:
        stated = stated_grounds(grounds)
        query = urlencode({name: value for name, value in stated.model_dump().items() if value})
        return self._call("GET", f"/v1/records/{quote(record, safe='')}{part}?{query}", stated)

    def _call(self, method: str, path: str, grounds: Grounds, body: object = None) -> object:
        token, proof = self._session.shown(grounds, method, target(PART, path))
        try:
            return call(PART, self._client, method, path, token=token, proof=proof, json=body)
        except RemoteProblemError as problem:
            raise problem.in_its_own_words() from None
