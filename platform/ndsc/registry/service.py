"""What the registry does for whom: nodes say what their own force holds, the gateway asks who holds something.

Nobody else learns anything, and every answer is written down first, by counts alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from anyio.to_thread import run_sync
from sqlalchemy import Connection, Engine, delete, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from ndsc.audit.entries import Entry, Operation, Subject
from ndsc.audit.log import AuditLog
from ndsc.index.encoding import decode
from ndsc.model.pole import Kind
from ndsc.registry import store
from ndsc.registry.errors import CallerRefusedError, RebuildOvertakenError, RebuildUnknownError, WrongPepperError
from ndsc.registry.pepper import Pepper
from ndsc.registry.schemas import (
    Accepted,
    Append,
    Catalogue,
    CatalogueLine,
    Change,
    Changed,
    Datasets,
    Digest,
    Held,
    Holder,
    Holders,
    Holding,
    Listed,
    ListedForces,
    Lookup,
    Notice,
    Notices,
    Rebuild,
    Visibility,
    Withdrawn,
)
from ndsc.registry.tables import dataset, notice, pepper_check
from ndsc.storage.async_pool import AsyncPool
from ndsc.trust.tokens import ServiceClaims
from ndsc.web.app import request_id
from ndsc.web.quotas import Quota

AUDIENCE = "registry"
PER_MINUTE: Mapping[str, int] = {"node": 2_000_000, "gateway": 60_000}
"""Tokens a minute, for each node and for the gateway: those of some five thousand searches."""
CALLS_PER_MINUTE = 600
"""Calls a minute of each caller that are counted by no token."""
DIGESTS_PER_MINUTE = 60
"""Of them, calls that read or replace all of a force's entries; a rebuild makes three."""

_NOTICES = 500


class Registry:
    """``pepper`` seals tokens. Raises :class:`WrongPepperError` when the stored entries were sealed with another."""

    def __init__(
        self,
        engine: Engine,
        pepper: Pepper,
        audit: AuditLog,
        *,
        per_minute: Mapping[str, int] = PER_MINUTE,
        calls_per_minute: int = CALLS_PER_MINUTE,
        digests_per_minute: int = DIGESTS_PER_MINUTE,
    ) -> None:
        self._engine = engine
        self._pool = AsyncPool(engine)
        self._pepper = pepper
        self._audit = audit
        self._quotas = {service: Quota(amount) for service, amount in per_minute.items()}
        self._calls = Quota(calls_per_minute)
        self._digests = Quota(digests_per_minute)
        self._check_pepper()

    async def lookup(self, caller: ServiceClaims, request: Lookup) -> Holders:
        """Who holds something under these tokens.

        Silent entries become notices for their owners, and no answer but to the searcher's own force.
        """
        self._only(caller, "gateway")
        self._take(caller, len(request.tokens))
        places: dict[bytes, list[int]] = {}
        for place, token in enumerate(request.tokens):
            places.setdefault(self._pepper.seal(decode(token)), []).append(place)
        async with self._pool.connection() as connection:
            rows = await store.look_up(connection, list(places))
            told = [row for row in rows if row.visibility == Visibility.VISIBLE or row.force == request.searcher]
            silent = {(row.force, row.kind) for row in rows if row not in told}
            answer = _holders(told, places)
            if not silent:
                count, detail = _looked_up(request, answer)
                await self._audit.aappend(_entry(caller, Operation.CONSULTATION, count, detail), connection)
        if silent:
            await run_sync(self._notice, caller, request, answer, silent)
        return answer

    def change(self, caller: ServiceClaims, force: str, request: Change) -> Changed:
        """What a node's own force holds, and holds no more."""
        self._own(caller, force)
        self._take(caller, len(request.add) + len(request.remove))
        add, remove = self._sealed(request.add), self._sealed(request.remove)
        with self._engine.begin() as connection:
            store.act_for(connection, caller.force or "")
            store.overtake_rebuild(connection, force)
            changed = Changed(removed=store.remove(connection, force, remove), added=store.add(connection, force, add))
            self._record(connection, caller, _operation(request), len(add) + len(remove), changed.model_dump())
        return changed

    def begin_rebuild(self, caller: ServiceClaims, force: str) -> Rebuild:
        """Open a rebuild; one that was left open is forgotten."""
        self._own(caller, force)
        self._take_call(caller, self._digests)
        with self._engine.begin() as connection:
            store.act_for(connection, caller.force or "")
            return Rebuild(id=store.begin_rebuild(connection, force))

    def append_rebuild(self, caller: ServiceClaims, force: str, rebuild: int, request: Append) -> Accepted:
        """Send a part of what the force holds."""
        self._own(caller, force)
        self._take(caller, len(request.add))
        with self._engine.begin() as connection:
            _open_rebuild(connection, force, rebuild)
            store.stage(connection, rebuild, self._sealed(request.add))
        return Accepted(accepted=len(request.add))

    def commit_rebuild(self, caller: ServiceClaims, force: str, rebuild: int) -> Digest:
        """Make what was sent the whole, at once. Raises RebuildOvertakenError when entries changed meanwhile."""
        self._own(caller, force)
        self._take_call(caller, self._digests)
        with self._engine.begin() as connection:
            store.act_for(connection, caller.force or "")
            _open_rebuild(connection, force, rebuild)
            store.commit_rebuild(connection, force, rebuild)
            count, sha256 = store.digest(connection, force)
            self._record(connection, caller, Operation.ALTERATION, count, {"rebuilt": count})
        return Digest(force=force, entries=count, sha256=sha256)

    def forces(self, caller: ServiceClaims) -> ListedForces:
        """The forces that list anything: the operator compares them with those that there are."""
        self._only(caller, "operator")
        self._take_call(caller, self._calls)
        with self._engine.connect() as connection:
            return ListedForces(forces=store.forces(connection))

    def listed(self, caller: ServiceClaims, force: str) -> Listed:
        """Whether anything is listed for a force: a node whose entries were withdrawn brings them anew."""
        self._own_or_operator(caller, force)
        self._take_call(caller, self._calls)
        with self._engine.connect() as connection:
            return Listed(listed=store.is_listed(connection, force))

    def withdraw(self, caller: ServiceClaims, force: str) -> Withdrawn:
        """Forget all that a force lists: it left the network, or its node's manifest is gone. Again is no other."""
        self._own_or_operator(caller, force)
        self._take_call(caller, self._digests)
        with self._engine.begin() as connection:
            store.act_for(connection, force)
            entries = store.withdraw(connection, force)
            datasets = connection.execute(delete(dataset).where(dataset.c.force == force)).rowcount
            withdrawn = Withdrawn(entries=entries, datasets=datasets)
            self._record(connection, caller, Operation.ERASURE, entries, withdrawn.model_dump())
        return withdrawn

    def digest(self, caller: ServiceClaims, force: str) -> Digest:
        """What is stored for a force, in short."""
        self._own_or_operator(caller, force)
        self._take_call(caller, self._digests)
        with self._engine.connect() as connection:
            count, sha256 = store.digest(connection, force)
        return Digest(force=force, entries=count, sha256=sha256)

    def notices(self, caller: ServiceClaims, force: str, after: int) -> Notices:
        """Searches that met the force's silent entries, later than notice ``after``."""
        self._own(caller, force)
        self._take_call(caller, self._calls)
        asked = (
            select(notice.c.id, notice.c.kind, notice.c.at, notice.c.request_id)
            .where(notice.c.force == force, notice.c.id > after)
            .order_by(notice.c.id)
            .limit(_NOTICES)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(asked).mappings().all()
        return Notices(notices=tuple(Notice.model_validate(dict(row)) for row in rows))

    def tell_catalogue(self, caller: ServiceClaims, force: str, request: Datasets) -> Accepted:
        """Take down what a force says it has, in place of what it said before."""
        self._own(caller, force)
        self._take_call(caller, self._calls)
        lines = {(line.kind, line.category): {"force": force, **line.model_dump()} for line in request.datasets}
        with self._engine.begin() as connection:
            store.act_for(connection, caller.force or "")
            connection.execute(delete(dataset).where(dataset.c.force == force))
            if lines:
                connection.execute(insert(dataset), list(lines.values()))
            self._record(connection, caller, Operation.ALTERATION, 0, {"datasets": len(lines)})
        return Accepted(accepted=len(lines))

    def catalogue(self, caller: ServiceClaims) -> Catalogue:
        """What every force says it has."""
        self._only(caller, "node", "gateway", "operator")
        self._take_call(caller, self._calls)
        asked = select(dataset).order_by(dataset.c.force, dataset.c.kind, dataset.c.category)
        with self._engine.connect() as connection:
            rows = connection.execute(asked).mappings().all()
        return Catalogue(datasets=tuple(CatalogueLine.model_validate(dict(row)) for row in rows))

    def ready(self) -> None:
        """Raises when the database does not answer."""
        with self._engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def _sealed(self, given: Sequence[Holding] | Sequence[Held]) -> list[store.Row]:
        return [
            store.Row(
                self._pepper.seal(decode(one.token)),
                one.kind.value,
                one.visibility.value if isinstance(one, Holding) else "",
            )
            for one in given
        ]

    def _take(self, caller: ServiceClaims, units: int) -> None:
        quota = self._quotas.get(caller.service)
        if quota is None:
            raise CallerRefusedError("This service has no quota here.")
        quota.take(_name(caller), max(1, units))  # a call that brings nothing is a call

    @staticmethod
    def _take_call(caller: ServiceClaims, quota: Quota) -> None:
        quota.take(_name(caller), 1)

    @staticmethod
    def _only(caller: ServiceClaims, *services: str) -> None:
        if caller.service not in services:
            raise CallerRefusedError(f"Only {' and '.join(services)} may ask this.")

    def _own(self, caller: ServiceClaims, force: str) -> None:
        self._only(caller, "node")
        if caller.force != force:
            raise CallerRefusedError("A node speaks for its own force alone.")

    def _own_or_operator(self, caller: ServiceClaims, force: str) -> None:
        """The operator looks after every force, and speaks for one that has no node any more."""
        if caller.service != "operator":
            self._own(caller, force)

    def _notice(self, caller: ServiceClaims, request: Lookup, answer: Holders, silent: set[tuple[str, str]]) -> None:
        """The owners' notices and the entry, together or not at all."""
        met = [{"force": force, "kind": kind, "request_id": request_id.get()} for force, kind in sorted(silent)]
        count, detail = _looked_up(request, answer)
        with self._engine.begin() as connection:
            connection.execute(insert(notice), met)
            self._record(connection, caller, Operation.CONSULTATION, count, {**detail, "noticed": len(met)})

    def _record(
        self, connection: Connection, caller: ServiceClaims, operation: Operation, count: int, detail: dict[str, int]
    ) -> None:
        self._audit.append(_entry(caller, operation, count, detail), connection)

    def _check_pepper(self) -> None:
        with self._engine.begin() as connection:
            connection.execute(upsert(pepper_check).values(sole=1, value=self._pepper.check).on_conflict_do_nothing())
            kept = bytes(connection.execute(select(pepper_check.c.value)).scalar_one())
        if kept != self._pepper.check:
            raise WrongPepperError(
                "The pepper is not the one that the entries were sealed with.",
                hint="Restore its file from the backup, or start with an empty database and rebuild every force.",
            )


def _name(caller: ServiceClaims) -> str:
    return f"{caller.service}/{caller.force or ''}"


def _open_rebuild(connection: Connection, force: str, rebuild: int) -> None:
    overtaken = store.rebuild_state(connection, force, rebuild)
    if overtaken is None:
        raise RebuildUnknownError("No such rebuild is open.", hint="Begin one.")
    if overtaken:
        raise RebuildOvertakenError("Entries changed since the rebuild began.", hint="Begin again.")


def _operation(request: Change) -> Operation:
    if not request.remove:
        return Operation.COLLECTION
    return Operation.ALTERATION if request.add else Operation.ERASURE


def _looked_up(request: Lookup, answer: Holders) -> tuple[int, dict[str, int]]:
    """What the entry of a look-up says: how many tokens, and the details."""
    return len(request.tokens), {"tokens": len(request.tokens), "holders": len(answer.holders)}


def _holders(rows: Sequence[store.Met], places: Mapping[bytes, Sequence[int]]) -> Holders:
    tokens: dict[str, set[int]] = {}
    kinds: dict[str, set[Kind]] = {}
    for row in rows:
        tokens.setdefault(row.force, set()).update(places[row.sealed])
        kinds.setdefault(row.force, set()).add(Kind(row.kind))
    return Holders(
        holders=tuple(
            Holder(force=force, tokens=tuple(sorted(tokens[force])), kinds=tuple(sorted(kinds[force])))
            for force in sorted(tokens)
        )
    )


def _entry(caller: ServiceClaims, operation: Operation, count: int, detail: dict[str, int]) -> Entry:
    return Entry(
        operation=operation,
        actor=caller.service,
        actor_force=caller.force,
        subject=Subject(count=count),
        request_id=request_id.get(),
        detail=dict(detail),
    )
