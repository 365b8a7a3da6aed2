"""The index as the gateway asks it: keys to tokens, tokens to holders, and one kind of failure whatever goes wrong.

What fails here is between parts of the platform. An officer whose own token is good must not read that they should sign
in because the gateway's token was refused.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence

import structlog

from ndsc.errors import NdscError
from ndsc.evaluator.client import AsyncEvaluatorClient
from ndsc.gateway.errors import IndexLateError, IndexUnavailableError
from ndsc.index.keys import IndexKey
from ndsc.model.pole import Kind
from ndsc.node.schemas import encode_token
from ndsc.registry.client import AsyncRegistryClient

_log = structlog.get_logger("ndsc.gateway")


class Index:
    """Says which forces hold something under a query's keys, and under which of them."""

    def __init__(self, evaluator: AsyncEvaluatorClient, registry: AsyncRegistryClient) -> None:
        self._evaluator = evaluator
        self._registry = registry

    async def holders(
        self, keys: Sequence[IndexKey], kind: Kind, *, searcher: str, always: Collection[str] = (), deadline: float
    ) -> dict[str, tuple[str, ...]]:
        """Each holder with the tokens to ask it by; ``deadline`` is on the ``time.monotonic`` clock.

        ``searcher`` is the officer's force: what it lists in silence is found by its own officers. The forces in
        ``always`` get every token, whatever the registry knows.
        Raises :class:`IndexUnavailableError`, or :class:`IndexLateError` once the deadline is over.
        """
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())) as bounds:
                return await self._holders(keys, kind, searcher, always)
        except NdscError as error:
            _log.warning("index unavailable", code=error.code, status=error.status)
        except (TimeoutError, ValueError) as error:  # too late, or an answer that is none
            _log.warning("index unavailable", error=type(error).__name__)
            if bounds.expired():
                raise IndexLateError from error
        raise IndexUnavailableError(
            "The index of who holds what cannot be asked now, so no force was asked.", hint="Try again in a moment."
        )

    async def _holders(
        self, keys: Sequence[IndexKey], kind: Kind, searcher: str, always: Collection[str]
    ) -> dict[str, tuple[str, ...]]:
        tokens = await self._evaluator.tokens([key.canonical for key in keys])
        held = await self._registry.lookup(tokens, searcher)
        found = {
            holder.force: tuple(encode_token(tokens[place]) for place in holder.tokens if 0 <= place < len(tokens))
            for holder in held.holders
            if kind.value in holder.kinds  # a telephone and its user share tokens
        }
        return found | dict.fromkeys(always, tuple(encode_token(token) for token in tokens))
