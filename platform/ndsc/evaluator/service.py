"""Evaluates blinded elements under the key of an epoch, after writing down who asked for how many."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from anyio.to_thread import run_sync
from sqlalchemy import Engine, select, text
from sqlalchemy.dialects.postgresql import insert

from ndsc.audit.entries import Entry, Operation, Subject
from ndsc.audit.log import AuditLog
from ndsc.evaluator.errors import CallerRefusedError, WrongEpochKeyError
from ndsc.evaluator.schemas import Epoch, Epochs, Evaluate, Evaluated
from ndsc.evaluator.tables import epoch as epoch_table
from ndsc.index.encoding import decode, encode
from ndsc.index.errors import EpochUnknownError
from ndsc.index.oprf_keys import OprfKey
from ndsc.trust.tokens import ServiceClaims
from ndsc.web.app import request_id
from ndsc.web.quotas import Quota

AUDIENCE = "evaluator"
PER_MINUTE: Mapping[str, int] = {"node": 2_000_000, "gateway": 60_000}
"""Elements a minute, for each node and for the gateway: guessing names is only possible here, so it is slow here.

A query gives some twelve keys, so this is five thousand searches a minute.
"""
CALLS_PER_MINUTE = 600
"""Calls a minute of each caller that evaluate nothing."""

_AT_ONCE = 64
"""Elements evaluated on the event loop, in some three milliseconds: more than any query has."""


class Evaluator:
    """``keys`` are the epochs served, the highest the present one.

    Raises :class:`WrongEpochKeyError` when a key is not the one that its epoch began with: the tokens would all differ,
    and every search would find nothing and look well.
    """

    def __init__(
        self,
        engine: Engine,
        keys: Mapping[int, OprfKey],
        audit: AuditLog,
        *,
        per_minute: Mapping[str, int] = PER_MINUTE,
        calls_per_minute: int = CALLS_PER_MINUTE,
    ) -> None:
        if not keys:
            raise EpochUnknownError("The evaluator was given no key.")
        self._engine = engine
        self._keys = dict(keys)
        self._audit = audit
        self._quotas = {service: Quota(amount) for service, amount in per_minute.items()}
        self._calls = Quota(calls_per_minute)
        self._note_epochs()

    async def evaluate(self, caller: ServiceClaims, request: Evaluate) -> Evaluated:
        """The answer, once its entry is on disk; the elements are evaluated meanwhile.

        Raises CallerRefusedError, QuotaExceededError, EpochUnknownError or ElementError; after the last, the entry says
        what was asked.
        """
        quota = self._quotas.get(caller.service)
        if quota is None:
            raise CallerRefusedError("Only nodes and the gateway make tokens.")
        epoch = max(self._keys) if request.epoch is None else request.epoch
        key = self._keys.get(epoch)
        if key is None:
            raise EpochUnknownError("No key of that epoch is served.", hint="Ask /v1/epochs which are.")
        quota.take(_name(caller), len(request.elements))
        entry = _entry(caller, epoch, len(request.elements))
        _, evaluated = await asyncio.gather(self._audit.aappend(entry), _evaluated(key, request.elements))
        return Evaluated(epoch=epoch, elements=evaluated)

    def epochs(self, caller: ServiceClaims) -> Epochs:
        """The epochs served, the oldest first. Raises QuotaExceededError."""
        self._calls.take(_name(caller), 1)
        asked = select(epoch_table).where(epoch_table.c.epoch.in_(self._keys)).order_by(epoch_table.c.epoch)
        with self._engine.connect() as connection:
            rows = connection.execute(asked).all()
        present = max(self._keys)
        return Epochs(
            epochs=tuple(Epoch(epoch=row.epoch, current=row.epoch == present, made_at=row.made_at) for row in rows)
        )

    def ready(self) -> None:
        """Raises when the database does not answer: no entry, no answer."""
        with self._engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def _note_epochs(self) -> None:
        rows = [{"epoch": key.epoch, "public_key": key.public} for key in self._keys.values()]
        with self._engine.begin() as connection:
            connection.execute(insert(epoch_table).on_conflict_do_nothing(), rows)
            known = {row.epoch: bytes(row.public_key) for row in connection.execute(select(epoch_table))}
        for row in rows:
            if known[int(str(row["epoch"]))] != row["public_key"]:
                raise WrongEpochKeyError(
                    f"The key of epoch {row['epoch']} is not the one that its tokens were made with.",
                    hint="Restore the key file from its backup; a new key is a new epoch.",
                )


async def _evaluated(key: OprfKey, elements: Sequence[str]) -> tuple[str, ...]:
    """Those of a query here and now; many, which would hold up the loop, in a thread."""
    return _evaluate(key, elements) if len(elements) <= _AT_ONCE else await run_sync(_evaluate, key, elements)


def _evaluate(key: OprfKey, elements: Sequence[str]) -> tuple[str, ...]:
    return tuple(encode(key.evaluate(decode(element))) for element in elements)


def _name(caller: ServiceClaims) -> str:
    return f"{caller.service}/{caller.force or ''}"


def _entry(caller: ServiceClaims, epoch: int, count: int) -> Entry:
    return Entry(
        operation=Operation.CONSULTATION,
        actor=caller.service,
        actor_force=caller.force,
        subject=Subject(count=count),
        request_id=request_id.get(),
        detail={"epoch": epoch, "elements": count},
    )
