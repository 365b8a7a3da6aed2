"""Makes tokens of index keys: blinds here, asks the evaluator, takes the blind away here.

The blocking and the asynchronous client share everything but the waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import ValidationError

from ndsc.errors import UnavailableError
from ndsc.evaluator.schemas import MOST_ELEMENTS, Epochs, Evaluated
from ndsc.index.encoding import decode, encode
from ndsc.index.oprf import Blinded, blind, finalize_all, token
from ndsc.web.client import Session, acall, call

TokenSource = Callable[[], str]
"""Answers the service's own token, fresh enough to be shown."""

_SERVICE = "evaluator"
_EVALUATE = "/v1/evaluate"


@dataclass(frozen=True, slots=True)
class _Batch:
    """Keys that go out in one request, with their blinds."""

    keys: Sequence[bytes]
    blinded: Sequence[Blinded]
    epoch: int | None

    @property
    def body(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "elements": [encode(one.element) for one in self.blinded]}

    def finish(self, answer: Any) -> list[bytes]:
        try:
            evaluated = Evaluated.model_validate(answer)
        except ValidationError:
            raise UnavailableError("The evaluator answered something else than elements.") from None
        if len(evaluated.elements) != len(self.keys):
            raise UnavailableError("The evaluator answered another number of elements than it was sent.")
        elements = [decode(element) for element in evaluated.elements]
        return [token(output) for output in finalize_all(self.keys, [one.blind for one in self.blinded], elements)]


def _batches(keys: Sequence[bytes], epoch: int | None) -> Iterator[_Batch]:
    for start in range(0, len(keys), MOST_ELEMENTS):
        chosen = keys[start : start + MOST_ELEMENTS]
        yield _Batch(chosen, [blind(key) for key in chosen], epoch)


class EvaluatorClient:
    """For nodes. Raises what ``ndsc.web.client`` raises."""

    def __init__(self, client: httpx.Client, token_source: TokenSource, *, epoch: int | None = None) -> None:
        self._client = client
        self._token = token_source
        self._epoch = epoch

    def tokens(self, keys: Sequence[bytes]) -> list[bytes]:
        """The 32-byte token of each key, in order."""
        made: list[bytes] = []
        for batch in _batches(keys, self._epoch):
            made += batch.finish(call(_SERVICE, self._client, "POST", _EVALUATE, token=self._token(), json=batch.body))
        return made

    def epochs(self) -> Epochs:
        """The epochs that are served."""
        return Epochs.model_validate(call(_SERVICE, self._client, "GET", "/v1/epochs", token=self._token()))


class AsyncEvaluatorClient:
    """For the gateway."""

    def __init__(self, client: Session, token_source: TokenSource, *, epoch: int | None = None) -> None:
        self._client = client
        self._token = token_source
        self._epoch = epoch

    async def tokens(self, keys: Sequence[bytes]) -> list[bytes]:
        """The 32-byte token of each key, in order. A query has few keys, so blinding does not hold up the loop."""
        made: list[bytes] = []
        for batch in _batches(keys, self._epoch):
            answer = await acall(_SERVICE, self._client, "POST", _EVALUATE, token=self._token(), json=batch.body)
            made += batch.finish(answer)
        return made
