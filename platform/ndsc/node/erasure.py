"""Erases records (Data Protection Act 2018 section 47): the record, its links and its tokens go; that it went stays.

What is kept is the record's identity, a digest that tells nothing of it, so that loading an old export again does not
bring it back.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from ndsc.audit.log import AuditLog
from ndsc.errors import InvalidInputError
from ndsc.node.auditing import erasure_entry
from ndsc.node.errors import UnknownRecordError
from ndsc.node.merging import driver_of, follow_links, queue_index_work
from ndsc.node.schemas import Grounds
from ndsc.node.tables import erased, link, record

MAX_ERASED = 1_000


def erase(engine: Engine, force: str, audit: AuditLog, ids: Sequence[str], *, actor: str, grounds: Grounds) -> int:
    """Erase these records in one transaction; their index entries follow through the outbox. Answers how many.

    Erases none, and raises :class:`UnknownRecordError` if one of them is not there, or :class:`InvalidInputError` for
    more than :data:`MAX_ERASED`.
    """
    wanted = sorted(set(ids))
    if len(wanted) > MAX_ERASED:
        raise InvalidInputError(
            f"{len(wanted):,} records are more than are erased at once, so nothing was erased.",
            hint=f"Erase at most {MAX_ERASED:,} at a time.",
        )
    with engine.begin() as connection:
        held = set(connection.execute(select(record.c.id).where(record.c.id.in_(wanted)).with_for_update()).scalars())
        missing = [identity for identity in wanted if identity not in held]
        if missing:
            raise UnknownRecordError(f"There is no record {missing[0][:90]!r} here, so nothing was erased.")
        removed = connection.execute(
            delete(link)
            .where(or_(link.c.source.in_(wanted), link.c.target.in_(wanted)))
            .returning(link.c.source, link.c.target)
        ).all()
        connection.execute(delete(record).where(record.c.id.in_(wanted)))
        connection.execute(insert(erased).values([{"id": identity} for identity in wanted]).on_conflict_do_nothing())
        driver = driver_of(connection)
        neighbours = follow_links(driver, {end for ends in removed for end in ends} - held)
        queue_index_work(driver, {*wanted, *neighbours})
        audit.append(erasure_entry(actor, force, grounds, wanted), connection)
    return len(wanted)
