"""An officer who has signed in: a token for each of the grounds they state, and their client's proof with each use."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from ndsc.trust.grounds import Grounds, digest
from ndsc.trust.proofs import Prover
from ndsc.trust.tokens import OFFICER_SECONDS

_MOST_KEPT = 32


class Shown(NamedTuple):
    """What goes with one request."""

    token: str
    proof: str


class Session:
    """``issue`` answers a token for grounds, one that ``prover`` may show."""

    def __init__(
        self, issue: Callable[[Grounds], str], prover: Prover, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issue = issue
        self._prover = prover
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def shown(self, grounds: Grounds, method: str, uri: str) -> Shown:
        """A token for these grounds with a proof for this request."""
        token = self._token(grounds)
        return Shown(token, self._prover.proof(token, method, uri))

    def _token(self, grounds: Grounds) -> str:
        stated = digest(grounds)
        with self._lock:
            until, token = self._kept.get(stated, (0.0, ""))
            if not token or self._clock() >= until:
                token = self._issue(grounds)
                self._kept[stated] = self._clock() + OFFICER_SECONDS * 0.8, token
                self._kept.move_to_end(stated)
                if len(self._kept) > _MOST_KEPT:
                    self._kept.popitem(last=False)
            return token
