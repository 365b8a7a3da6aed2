"""The gateway's proofs, while its key changes: an officer's token names one key, and outlives it by minutes at most."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

import jwt

from ndsc.trust.certified import Leaf
from ndsc.trust.proofs import Prover

_KEPT = 3


class LeafProver:
    """Proves by the key that a token says may show it: the present leaf's, or one of those before it."""

    def __init__(self, leaf: Callable[[], Leaf]) -> None:
        self._leaf = leaf
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Prover] = OrderedDict()
        self.take_up()

    def take_up(self) -> None:
        """Prove by the present leaf's key too; to be called when it has changed."""
        made = Prover(self._leaf().key)
        with self._lock:
            self._kept.setdefault(made.holder, made)
            self._kept.move_to_end(made.holder)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def proof(self, token: str, method: str, uri: str) -> str:
        """A proof that is good now, if the token names a key that is kept."""
        with self._lock:
            prover = self._kept.get(_named(token)) or next(reversed(self._kept.values()))
        return prover.proof(token, method, uri)


@lru_cache(maxsize=512)
def _named(token: str) -> str:
    """The key that the token, which was verified before, says may show it; empty if none."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        return str(claims["may_act"]["cnf"]["jkt"])
    except (jwt.PyJWTError, KeyError, TypeError):
        return ""
