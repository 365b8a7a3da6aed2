"""Asks the hub how the network stands."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from pydantic import ValidationError

from ndsc.errors import UnavailableError
from ndsc.hub.schemas import NetworkState
from ndsc.web.client import Poll, call

_SERVICE = "hub"


class HubClient:
    """``token_source`` answers the service's own token for the hub."""

    def __init__(self, client: httpx.Client, token_source: Callable[[], str]) -> None:
        self._client = client
        self._token = token_source

    def network(self, known: str = "", *, wait: int = 0) -> NetworkState | None:
        """The state; none if it is still the one of revision ``known``, after waiting ``wait`` seconds for another.

        Raises what ``ndsc.web.client`` raises.
        """
        poll = Poll(known, wait)
        body = call(_SERVICE, self._client, "GET", "/v1/network", token=self._token(), poll=poll)
        if body is None:
            return None
        try:
            return NetworkState.model_validate(body)
        except ValidationError as error:
            raise UnavailableError("The hub told of a network that this version cannot read.") from error
