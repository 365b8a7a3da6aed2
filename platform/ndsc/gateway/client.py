"""Asks the gateway, for one signed-in officer."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import httpx

from ndsc.gateway.schemas import SearchAnswer, SearchRequest
from ndsc.node.schemas import FoundRecord, RecordDecision
from ndsc.trust.proofs import Prover, target
from ndsc.web.client import RemoteProblemError, call

PART = "gateway"
"""What a proof for the gateway calls it."""


class GatewayClient:
    """The gateway over an ``httpx.Client``, whose time-out bounds every call. Raises ``RemoteProblemError``.

    ``prover`` holds the key that the officer's ``token`` names.
    """

    def __init__(self, client: httpx.Client, token: str, prover: Prover) -> None:
        self._client = client
        self._token = token
        self._prover = prover

    def search(self, request: SearchRequest) -> SearchAnswer:
        """Search the network."""
        body = request.model_dump(mode="json", exclude_none=True, exclude_unset=True)
        body["query"]["kind"] = request.query.kind.value  # a default, and yet what tells one query from another
        return SearchAnswer.model_validate(self._call("POST", "/v1/search", body))

    def show(self, record: str, grounds: Mapping[str, str]) -> FoundRecord:
        """One record, as far as policy lets the officer see it."""
        return FoundRecord.model_validate(self._get(record, "", grounds))

    def why(self, record: str, grounds: Mapping[str, str]) -> RecordDecision:
        """The decision about one record."""
        return RecordDecision.model_validate(self._get(record, "/decision", grounds))

    def _get(self, record: str, part: str, grounds: Mapping[str, str]) -> object:
        stated = urlencode({name: value for name, value in grounds.items() if value})
        path = f"/v1/records/{quote(record, safe='')}{part}?{stated}"
        return self._call("GET", path)

    def _call(self, method: str, path: str, body: object = None) -> object:
        try:
            proof = self._prover.proof(self._token, method, target(PART, path))
            return call(PART, self._client, method, path, token=self._token, proof=proof, json=body)
        except RemoteProblemError as problem:
            raise problem.in_its_own_words() from None
