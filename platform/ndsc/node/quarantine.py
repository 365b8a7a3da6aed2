"""Rows that could not be taken in: kept with their reason, corrected by a person, and replayed as if never bad.

A replayed row has the identity that it would have had: its place among the rows of the same reference was kept. A row
says as much of people as a record does: who reads or changes one is somebody of the force who may search, and stands in
the audit log first.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import Connection, Engine, Select, func, select, update

from ndsc.audit.entries import Operation
from ndsc.audit.log import AuditLog
from ndsc.connectors.connector import Connector
from ndsc.connectors.mapping import Mapper, compile_connector
from ndsc.connectors.rows import RawRow
from ndsc.errors import InvalidInputError, NotFoundError
from ndsc.model.base import Model
from ndsc.node import ledger
from ndsc.node.auditing import batch_entries, row_entry
from ndsc.node.errors import SearchRefusedError
from ndsc.node.ledger import LoadReport
from ndsc.node.merging import merge
from ndsc.node.preparing import map_row
from ndsc.node.schemas import Grounds
from ndsc.node.staging import Batch, Writer
from ndsc.node.tables import load, quarantine, record
from ndsc.policy.decider import Decider, SearchRequest, Subject

State = Literal["open", "corrected", "replayed", "discarded"]
_WAITING = ("open", "corrected")
MAX_LISTED = 1_000
MAX_REPLAYED = 2_000
"""Rows replayed by one call at most: they are one batch, in one transaction."""


class UnknownBadRowError(NotFoundError):
    """No row with that number is in quarantine."""

    code = "unknown-bad-row"


class BadRowItem(Model):
    """One row in quarantine."""

    id: int
    connector: str
    file: str
    line: int
    reason: str
    detail: str
    field: str | None
    state: State
    created_at: datetime
    raw: str = ""
    row_values: dict[str, str] = Field(default_factory=dict, description="column to value, as read")
    correction: dict[str, str] = Field(default_factory=dict, description="column to corrected value")


class Quarantine:
    """The quarantine of one force's node. Who may do what is asked of ``decider``.

    What reads or changes rows raises :class:`SearchRefusedError` for somebody of another force, or whom policy lets
    search nothing for what they state; and ``AuditUnavailableError`` when it cannot be written down: then nothing is
    shown or changed.
    """

    def __init__(self, engine: Engine, force: str, audit: AuditLog, decider: Decider) -> None:
        self._engine = engine
        self._force = force
        self._audit = audit
        self._decider = decider

    def counts(self) -> dict[str, int]:
        """How many rows wait, open or corrected, for each reason."""
        asked = select(quarantine.c.reason, func.count()).where(quarantine.c.state.in_(_WAITING))
        with self._engine.connect() as connection:
            rows = connection.execute(asked.group_by(quarantine.c.reason).order_by(quarantine.c.reason))
            return dict(rows.all())

    def rows(self, *, state: State | None = "open", reason: str | None = None, limit: int = 100) -> list[BadRowItem]:
        """Rows without what they say, the oldest first."""
        asked = _items().order_by(quarantine.c.id).limit(min(limit, MAX_LISTED))
        if state is not None:
            asked = asked.where(quarantine.c.state == state)
        if reason is not None:
            asked = asked.where(quarantine.c.reason == reason)
        with self._engine.connect() as connection:
            found = [_item(row) for row in connection.execute(asked)]
        return [item.model_copy(update={"raw": "", "row_values": {}, "correction": {}}) for item in found]

    def show(self, subject: Subject, number: int, grounds: Grounds) -> BadRowItem:
        """One row with what it says. Raises :class:`UnknownBadRowError`."""
        self._may(subject, grounds)
        with self._engine.begin() as connection:
            item = _item(_one(connection, number))
            self._log(connection, Operation.CONSULTATION, subject, [number], grounds)
        return item

    def fix(self, subject: Subject, number: int, changes: Mapping[str, str], grounds: Grounds) -> BadRowItem:
        """Correct columns of a row; :meth:`replay` then takes it in. Raises for a row that does not wait any more."""
        self._may(subject, grounds)
        with self._engine.begin() as connection:
            item = _item(_one(connection, number, lock=True))
            if item.state not in _WAITING:
                raise InvalidInputError(f"Row {number} has been {item.state} already.")
            unknown = sorted(set(changes) - set(item.row_values)) if item.row_values else []
            if unknown or not changes:
                named = ", ".join(item.row_values) or "the columns of its export"
                raise InvalidInputError(
                    f"Row {number} has no column {', '.join(unknown) or 'named'}.", hint=named[:500]
                )
            correction = {**item.correction, **changes}
            connection.execute(
                update(quarantine).where(quarantine.c.id == number).values(correction=correction, state="corrected")
            )
            self._log(connection, Operation.ALTERATION, subject, [number], grounds)
        return item.model_copy(update={"correction": correction, "state": "corrected"})

    def discard(self, subject: Subject, numbers: Sequence[int], grounds: Grounds) -> int:
        """Erase what these rows say, in whatever state they are; answers how many.

        A digest of the text stays, so that an old export does not bring it back. Raises :class:`UnknownBadRowError`,
        and discards none, if one of them is not there.
        """
        self._may(subject, grounds)
        wanted = sorted(set(numbers))
        nothing: dict[str, Any] = {"state": "discarded", "detail": "", "raw": "", "row_values": {}, "correction": None}
        with self._engine.begin() as connection:
            found = connection.execute(
                update(quarantine).where(quarantine.c.id.in_(wanted)).values(**nothing).returning(quarantine.c.id)
            ).scalars()
            missing = sorted(set(wanted) - set(found))
            if missing:
                raise _unknown(missing[0])
            self._log(connection, Operation.ERASURE, subject, wanted, grounds)
        return len(wanted)

    def replay(
        self,
        subject: Subject,
        grounds: Grounds,
        numbers: Sequence[int] | None = None,
        connector: Connector | None = None,
    ) -> LoadReport:
        """Take in corrected rows (all of them, or those named), or with another connector every open one too.

        One call takes the rows of one connector. Those that still cannot be taken in stay, with their present reason.
        """
        began = time.perf_counter()
        self._may(subject, grounds)
        with self._engine.begin() as connection:
            rows = connection.execute(self._replayable(numbers, connector)).all()
            rows = [row for row in rows if row.connector == rows[0].connector]
            digest = hashlib.sha256(repr([(row.id, row.correction) for row in rows]).encode()).digest()
            definition = connector or self._connector(connection, rows)
            state = ledger.begin(connection, "replay of quarantine", digest, definition)
            batch, taken = self._prepare(connection, rows, connector)
            merged = merge(connection, batch)
            counts = (*merged.counts(batch), len(batch.bad))
            ledger.advance(connection, state, len(rows), counts)
            ledger.finish(connection, state)
            self._mark(connection, taken, batch)
            about: dict[str, str | int] = {"load": state.id, "connector": definition.label}
            tried = [row.id for row in rows]
            for entry in batch_entries(subject.sub, self._force, about, merged, tried_again=tried, grounds=grounds):
                self._audit.append(entry, connection)
        ledger.remember(state, len(rows), counts)
        return ledger.report(
            state,
            file="replay of quarantine",
            connector=definition.label,
            force=self._force,
            resumed_at=0,
            began=began,
        )

    def _may(self, subject: Subject, grounds: Grounds) -> None:
        """The question that comes before any record: a row may become one of any kind."""
        asked = SearchRequest(
            purpose=grounds.purpose,
            justification=grounds.justification,
            reference=grounds.reference or None,
            legal_basis=grounds.legal_basis or None,
        )
        allowed = self._decider.may_search(subject, asked)
        rule, sentence = allowed.rule, allowed.refusal.sentence if allowed.refusal else ""
        if subject.force != self._force:
            rule, sentence = "own-force", f"Rows of {self._force} are not for officers of another force."
        elif allowed.allowed:
            return
        self._audit.append(row_entry(Operation.CONSULTATION, subject, self._force, (), grounds, denied=rule))
        raise SearchRefusedError(sentence, hint=f"Rule {rule}.")

    def _log(
        self, connection: Connection, operation: Operation, subject: Subject, numbers: Sequence[int], grounds: Grounds
    ) -> None:
        self._audit.append(row_entry(operation, subject, self._force, numbers, grounds), connection)

    def _replayable(self, numbers: Sequence[int] | None, connector: Connector | None) -> Select[Any]:
        states = _WAITING if connector is not None or numbers is not None else ("corrected",)
        asked = (
            select(quarantine, load.c.connector.label("definition"))
            .join_from(quarantine, load, load.c.id == quarantine.c.load_id)
            .where(quarantine.c.state.in_(states))
            .order_by(quarantine.c.id)
            .limit(MAX_REPLAYED)
            .with_for_update(of=quarantine)
        )
        if numbers is not None:
            asked = asked.where(quarantine.c.id.in_(list(numbers)))
        if connector is not None:
            asked = asked.where(quarantine.c.connector == connector.connector)
        return asked

    def _connector(self, connection: Connection, rows: Sequence[Any]) -> Connector:
        if not rows:
            raise InvalidInputError("There is no corrected row to replay.", hint="Correct one: ndsc quarantine fix.")
        return Connector.model_validate(rows[0].definition)

    def _prepare(
        self, connection: Connection, rows: Sequence[Any], connector: Connector | None
    ) -> tuple[Batch, dict[tuple[bytes, int], int]]:
        """The batch that the rows make, and the quarantine number of each row by its text and repeat."""
        batch, writer, numbers, shared = Batch(), Writer(), {}, set[str]()
        mappers: dict[str, Mapper] = {}
        for row in rows:
            if row.file not in mappers:
                definition = connector or Connector.model_validate(row.definition)
                mappers[row.file] = compile_connector(definition, self._force, row.file)
            source = RawRow(row.line, {**row.row_values, **(row.correction or {})}, row.raw)
            before = len(batch.bad)
            shared.update(map_row(mappers[row.file], writer, source, row.occurrence, batch))
            for bad in batch.bad[before:]:
                bad.repeat = row.repeat
            numbers[row.raw_digest, row.repeat] = row.id
        # What the export's other rows said of a shared thing stands.
        held = connection.execute(select(record.c.id).where(record.c.id.in_(shared))).scalars()
        batch.forget(list(held))
        return batch, numbers

    def _mark(self, connection: Connection, numbers: dict[tuple[bytes, int], int], batch: Batch) -> None:
        failed = {numbers[bad.digest, bad.repeat]: bad for bad in batch.bad}
        good = [number for number in numbers.values() if number not in failed]
        if good:
            connection.execute(update(quarantine).where(quarantine.c.id.in_(good)).values(state="replayed"))
        for number, bad in failed.items():
            values = {"state": "open", "reason": bad.reason, "detail": bad.detail, "field": bad.field}
            connection.execute(update(quarantine).where(quarantine.c.id == number).values(**values))


def _items() -> Select[Any]:
    return select(*(quarantine.c[name] for name in BadRowItem.model_fields))


def _one(connection: Connection, number: int, *, lock: bool = False) -> Any:
    asked = _items().where(quarantine.c.id == number)
    row = connection.execute(asked.with_for_update() if lock else asked).one_or_none()
    if row is None:
        raise _unknown(number)
    return row


def _unknown(number: int) -> UnknownBadRowError:
    return UnknownBadRowError(f"There is no row {number} in quarantine.", hint="ndsc quarantine list shows them.")


def _item(row: Any) -> BadRowItem:
    return BadRowItem(**{**row._mapping, "correction": row.correction or {}})
