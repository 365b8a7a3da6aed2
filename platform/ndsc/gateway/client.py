"""Asks the gateway, for one signed-in officer."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import httpx

from ndsc.gateway.schemas import SearchAnswer, SearchRequest
from ndsc.node.schemas import FoundRecord, RecordDecision
from ndsc.web.client import call


class GatewayClient:
    """The gateway over an ``httpx.Client``, whose time-out bounds every call. Raises ``RemoteProblemError``."""

    def __init__(self, client: httpx.Client, token: str) -> None:
        self._client = client
        self._token = token

    def search(self, request: SearchRequest) -> SearchAnswer:
        """Search the network."""
        body = request.model_dump(mode="json", exclude_none=True)
        return SearchAnswer.model_validate(
            call("gateway", self._client, "POST", "/v1/search", token=self._token, json=body)
        )

    def show(self, record: str, grounds: Mapping[str, str]) -> FoundRecord:
        """One record, as far as policy lets the officer see it."""
        return FoundRecord.model_validate(self._get(record, "", grounds))

    def why(self, record: str, grounds: Mapping[str, str]) -> RecordDecision:
        """The decision about one record."""
        return RecordDecision.model_validate(self._get(record, "/decision", grounds))

    def _get(self, record: str, part: str, grounds: Mapping[str, str]) -> object:
        stated = urlencode({name: value for name, value in grounds.items() if value})
        path = f"/v1/records/{quote(record, safe='')}{part}?{stated}"
        return call("gateway", self._client, "GET", path, token=self._token)
